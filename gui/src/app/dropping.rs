//! Files that are dropped on the window.

use super::App;
use crate::command::{Command, Enter};
use crate::link::carry;
use crate::model::Screen;
use egui::Context;

impl App {
    /// In a meeting they are opened; in the lobby a meeting begins with them.
    pub(super) fn dropped(&self, ctx: &Context) -> Vec<Command> {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        let files: Vec<_> = dropped.into_iter().filter_map(|file| file.path).collect();
        if files.is_empty() {
            return Vec::new();
        }
        let settings = &self.model.settings;
        match self.model.screen {
            Screen::Meeting => carry::documents(files).into_iter().map(Command::from).collect(),
            Screen::Lobby => {
                let (title, joining) = (settings.usual_title(), settings.joining);
                vec![Enter::Start { title, joining, documents: files }.into()]
            }
            Screen::Player => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Options;
    use crate::cli::Wanted;
    use crate::command::OnPage;
    use egui::{DroppedFile, RawInput};
    use std::path::PathBuf;

    #[test]
    fn a_dropped_file_is_opened_and_in_the_lobby_begins_a_meeting() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = Some(folder.path().to_owned());
        let wanted = Wanted { data, name: Some("Ada".into()), ..Wanted::default() };
        let ctx = Context::default();
        let mut app = App::new(&ctx, runtime.handle(), Options { wanted, settings: None });
        let files = ["a.png", "plan.pdf", "b.png"].map(PathBuf::from);
        let mut drop_on = |screen| {
            app.model.screen = screen;
            let dropped =
                |path: &PathBuf| DroppedFile { path: Some(path.clone()), ..DroppedFile::default() };
            let dropped_files = files.iter().map(dropped).collect();
            let input = RawInput { dropped_files, ..RawInput::default() };
            let mut commands = Vec::new();
            let _ = ctx.run_ui(input, |ui| commands = app.dropped(ui.ctx()));
            commands
        };
        let [a, plan, b] = files.clone();
        let opened = [OnPage::OpenPictures(vec![a, b]), OnPage::Open(plan)].map(Command::from);
        assert_eq!(drop_on(Screen::Meeting), opened);
        match drop_on(Screen::Lobby).as_slice() {
            [Command::Enter(Enter::Start { documents, title, .. })] => {
                assert!(documents[..] == files && title.contains("Ada"), "{title}: {documents:?}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(drop_on(Screen::Player), []);
    }
}

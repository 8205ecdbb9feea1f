//! `demo`.
use super::args::Demo;
use super::output::Output;
use super::Exit;
pub(crate) async fn demo(_demo: Demo, _output: &Output) -> Exit {
    Exit::Failed
}

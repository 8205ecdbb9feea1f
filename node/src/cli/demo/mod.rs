//! `demo`.
use super::Exit;
use super::args::Demo;
use super::output::Output;
pub(crate) async fn demo(_demo: Demo, _output: &Output) -> Exit {
    Exit::Failed
}

//! What a worker process may touch: raised before it opens a stranger's file.
//!
//! On Linux, Landlock (kernel 5.13 and later) leaves it the fonts and its input to read and nothing
//! else, and seccomp takes the network and whatever looks into other processes from it. Where the
//! system has neither, or on macOS and Windows, the limits of memory and time hold alone
//! (docs/ARCHITECTURE.md says what is there where). Both are inherited by what the worker starts.

use std::path::{Path, PathBuf};

/// What is left to a worker.
#[derive(Debug)]
pub(super) struct Fence {
    /// Files, and folders with all that is in them.
    pub(super) readable: Vec<PathBuf>,
    /// Folders it may also write to.
    pub(super) writable: Vec<PathBuf>,
    /// Whether it may start programs out of what it may read.
    pub(super) programs: bool,
}

impl Fence {
    /// For one that reads these files and answers through its pipes.
    pub(super) fn around(files: &[PathBuf]) -> Self {
        let readable = files.iter().cloned().chain(fonts()).collect();
        Self { readable, writable: Vec::new(), programs: false }
    }

    /// For one that runs an installed program in a folder of its own.
    pub(super) fn around_program(program: &Path, folder: &Path) -> Self {
        // /nix: systems whose programs lie there. /proc: LibreOffice looks at itself.
        let system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix", "/etc"];
        let system = system.iter().chain(&["/proc", "/dev", "/var/cache/fontconfig"]);
        // Debian's packages keep some of LibreOffice there.
        let system = system.chain(&["/var/lib/libreoffice", "/var/spool/libreoffice"]);
        let real = program.canonicalize().unwrap_or_else(|_| program.to_owned());
        // LibreOffice keeps its libraries beside the folder `program`.
        let beside = real.parent().and_then(|folder| match folder.ends_with("program") {
            true => folder.parent(),
            false => Some(folder),
        });
        let beside = beside.map(Path::to_owned);
        let readable = system.map(PathBuf::from).chain(beside).chain(fonts()).collect();
        let nothing = ["/dev/null", "/dev/zero"].map(PathBuf::from);
        let writable = nothing.into_iter().chain([folder.to_owned()]).collect();
        Self { readable, writable, programs: true }
    }

    /// Raises it around this process, for good. Called while it has one thread.
    pub(super) fn raise(&self) {
        #[cfg(target_os = "linux")]
        linux::raise(self);
    }
}

/// Where fonts and what describes them are installed; not all of these exist.
fn fonts() -> Vec<PathBuf> {
    let system = ["/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts"];
    let system = system.iter().chain(&["/etc/fonts", "/usr/share/fontconfig"]).map(PathBuf::from);
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    let own = home.into_iter().flat_map(|home| {
        [".fonts", ".local/share/fonts", ".config/fontconfig", ".fonts.conf"].map(|f| home.join(f))
    });
    system.chain(own).collect()
}

#[cfg(target_os = "linux")]
mod linux {
    use super::Fence;
    use landlock::{
        ABI, Access, AccessFs, AccessNet, BitFlags, Ruleset, RulesetAttr, RulesetCreatedAttr,
        RulesetError, Scope, path_beneath_rules,
    };
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };
    use std::collections::BTreeMap;

    /// The newest Landlock asked for (kernel 6.12: signals stay inside); an older kernel gives what it
    /// has.
    const LANDLOCK: ABI = ABI::V6;

    pub(super) fn raise(fence: &Fence) {
        // What the kernel lacks, the limits and the other half make up for: no reason not to convert.
        let _ = files(fence);
        let _ = calls(fence);
    }

    fn files(fence: &Fence) -> Result<(), RulesetError> {
        let mut read = AccessFs::ReadFile | AccessFs::ReadDir;
        if fence.programs {
            read |= AccessFs::Execute;
        }
        // Devices and named pipes are nothing that a converter makes.
        let write: BitFlags<AccessFs> = AccessFs::from_all(LANDLOCK)
            & !(AccessFs::MakeBlock | AccessFs::MakeChar | AccessFs::Execute);
        // LibreOffice listens at a socket in /tmp, whatever TMPDIR says, and does not start without.
        let sockets: &[&str] = if fence.programs { &["/tmp", "/var/tmp"] } else { &[] };
        Ruleset::default()
            .handle_access(AccessFs::from_all(LANDLOCK))?
            .handle_access(AccessNet::from_all(LANDLOCK))?
            .scope(Scope::from_all(LANDLOCK))?
            .create()?
            .add_rules(path_beneath_rules(&fence.readable, read))?
            .add_rules(path_beneath_rules(&fence.writable, write))?
            .add_rules(path_beneath_rules(sockets, AccessFs::MakeSock))?
            .restrict_self()?;
        Ok(())
    }

    /// Calls that fail as if they were forbidden to this user.
    fn calls(fence: &Fence) -> Result<(), seccompiler::Error> {
        let mut forbidden = BTreeMap::from(
            [
                // Rings submit calls that a filter does not see.
                libc::SYS_io_uring_setup,
                libc::SYS_ptrace,
                libc::SYS_process_vm_readv,
                libc::SYS_process_vm_writev,
                libc::SYS_pidfd_getfd,
                libc::SYS_bpf,
                libc::SYS_perf_event_open,
                libc::SYS_userfaultfd,
                libc::SYS_keyctl,
                libc::SYS_add_key,
                libc::SYS_mount,
                libc::SYS_unshare,
                libc::SYS_setns,
            ]
            .map(|call| (call, Vec::new())),
        );
        let sockets = if fence.programs {
            // LibreOffice speaks to itself over a socket of this kind.
            let family = |op| SeccompCondition::new(0, SeccompCmpArgLen::Dword, op, UNIX);
            vec![SeccompRule::new(vec![family(SeccompCmpOp::Ne)?])?]
        } else {
            forbidden.insert(libc::SYS_execve, Vec::new());
            forbidden.insert(libc::SYS_execveat, Vec::new());
            Vec::new()
        };
        forbidden.insert(libc::SYS_socket, sockets);
        let Ok(machine) = std::env::consts::ARCH.try_into() else { return Ok(()) };
        // EACCES: what a program expects where it may not.
        let refuse = SeccompAction::Errno(libc::EACCES as u32);
        let filter = SeccompFilter::new(forbidden, SeccompAction::Allow, refuse, machine)?;
        let program: BpfProgram = filter.try_into()?;
        seccompiler::apply_filter(&program)
    }

    /// The family of sockets that stay on this machine.
    const UNIX: u64 = libc::AF_UNIX as u64;
}

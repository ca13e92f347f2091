"""Private PostgreSQL and Redis for one test run, on unix sockets in a short temporary folder.

Started by the pytest controller, not by its workers: a service started by a worker dies with it. Both end with the
controller, also when it is killed.
"""

import ctypes
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import redis

PR_SET_PDEATHSIG = 1


class ServiceMissing(Exception):
    """A server the tests need is not on this machine; the message says the remedy."""


class Services:
    """``postgresql_url`` (of the maintenance database) and ``redis_url`` while it runs."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="shop-", dir="/tmp"))
        self.folder.chmod(0o755)
        self._children: list[subprocess.Popen[bytes]] = []
        try:
            self.postgresql_url = os.environ.get("SHOP_TEST_POSTGRES") or self._start_postgresql()
            self.redis_url = os.environ.get("SHOP_TEST_REDIS") or self._start_redis()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        for child in self._children:
            child.send_signal(signal.SIGINT)
        for child in self._children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_postgresql(self) -> str:
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[-2]))
        initdb = shutil.which("initdb") or (f"{binaries[-1]}/initdb" if binaries else None)
        if not initdb or not Path(initdb).exists():
            raise ServiceMissing("PostgreSQL's initdb is missing: run tools/system-packages")
        user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        data = self.folder / "pg"
        data.mkdir()
        if os.geteuid() == 0:
            shutil.chown(data, user, user)
        as_user = {"user": user, "group": user} if os.geteuid() == 0 else {}
        command = [
            initdb,
            "-D",
            str(data),
            "-U",
            "postgres",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **as_user)  # type: ignore[call-overload]
        options = {
            "listen_addresses": "", "unix_socket_directories": str(data), "fsync": "off", "synchronous_commit": "off",
            "full_page_writes": "off", "max_connections": "300", "shared_buffers": "64MB", "autovacuum": "off",
        }  # fmt: skip
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        server = [str(Path(initdb).resolve().with_name("postgres")), "-D", str(data), *arguments]
        self._spawn(server, as_user)
        self._wait(lambda: psycopg.connect(host=str(data), user="postgres", dbname="postgres").close())
        return f"postgresql+psycopg://postgres@/postgres?host={data}"

    def _start_redis(self) -> str:
        server = shutil.which("redis-server")
        if not server:
            raise ServiceMissing("redis-server is missing: run tools/system-packages")
        socket = self.folder / "redis.sock"
        self._spawn([server, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(self.folder)], {})
        self._wait(lambda: redis.Redis(unix_socket_path=str(socket)).ping())
        return f"redis+unix://{socket}"

    def _spawn(self, command: list[str], as_user: dict[str, str]) -> None:
        libc = ctypes.CDLL(None)
        child = subprocess.Popen(  # type: ignore[call-overload]
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL), **as_user,
        )  # fmt: skip
        self._children.append(child)

    def _wait(self, ask: Callable[[], object]) -> None:
        """Until the server started last answers."""
        server = self._children[-1]
        for _ in range(300):
            with suppress(psycopg.OperationalError, redis.RedisError):
                ask()
                return
            if server.poll() is not None:
                raise ServiceMissing(f"{server.args} ended at once")
            time.sleep(0.1)
        raise ServiceMissing(f"{server.args} does not answer")

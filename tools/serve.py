"""Serves the shop on this machine: ``make run``.

Binds the port first (a taken one is told at once), brings the database up to date, loads the demo data once, then
keeps gunicorn and the job worker running until it is stopped. All state lies under ``var/`` or ``SHOP_VAR``.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

HOST = "127.0.0.1"


def main() -> int:
    """Exit status for the shell."""
    chosen = os.environ.get("PORT", "8000")
    if not chosen.isascii() or not chosen.isdecimal() or not 0 < int(chosen) < 65536:
        print(f"PORT={chosen}: choose a number from 1 to 65535", file=sys.stderr)
        return 1
    port = int(chosen)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        print(f"Port {port} is taken. Choose another: PORT={port + 1} make run", file=sys.stderr)
        return 1
    listener.listen(256)
    listener.set_inheritable(True)

    os.chdir(ROOT)
    environment = os.environ | {
        "SHOP_DEMO": os.environ.get("SHOP_DEMO", "1"),
        "BASE_URL": f"http://{HOST}:{port}",
    }
    var = Path(environment.get("SHOP_VAR", "var"))
    var.mkdir(parents=True, exist_ok=True)
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    log = (var / "shop.log").open("ab")
    for step in ("migrate", "demo") if environment["SHOP_DEMO"] == "1" else ("migrate",):
        done = subprocess.run([*flask, step], env=environment, stderr=log)
        if done.returncode:
            print(f"'flask {step}' failed; see {var / 'shop.log'}", file=sys.stderr)
            return done.returncode

    web = [
        sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"fd://{listener.fileno()}",
        "--workers", os.environ.get("WEB_WORKERS", "1"), "--threads", "8", "--limit-request-line", "0", "--worker-tmp-dir", str(var),
    ]  # fmt: skip
    children = [
        subprocess.Popen(web, env=environment, stderr=log, pass_fds=[listener.fileno()]),
        subprocess.Popen([*flask, "worker"], env=environment, stderr=log),
    ]

    def stop(*_: object) -> None:
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"The shop is open: http://{HOST}:{port}   (log: {var / 'shop.log'}, mails: /dev/mail)", flush=True)
    while all(child.poll() is None for child in children):
        time.sleep(0.2)
    stop()
    ended = [child.wait() for child in children]
    for name, status in zip(("web server", "worker"), ended, strict=True):
        if status not in (0, -signal.SIGTERM, -signal.SIGINT):
            print(
                f"The {name} ended by itself ({status}), so the shop is closed; see {var / 'shop.log'}", file=sys.stderr
            )
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Redis: what several processes share and nobody misses when it is gone."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def connect(url: str) -> Redis:
    """A client that gives up after half a second: a page never waits for it. url: as in ``REDIS_URL``."""
    return Redis.from_url(
        # the limits' library says "redis+unix" for a socket where the client says "unix"
        url.replace("redis+unix:", "unix:"),
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        retry=Retry(NoBackoff(), 0),
    )

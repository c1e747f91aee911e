"""`actsearch serve`: the service over HTTP."""

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from ...primitives import ActsearchError
from .console import messages
from .home import DEFAULT_HOME, Home

if TYPE_CHECKING:
    from ...storage.tokens import Scope

__all__ = ["serve"]


def serve(
    host: Annotated[
        str, typer.Option(help="Address to bind; any but this machine's own needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to bind; 0 takes a free one.")] = 8050,
    trust_proxy: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="Network of a proxy that says who asks, such as `10.1.2.3/32`."),
    ] = None,
    user_header: Annotated[str, typer.Option(help="Header in which it names the user.")] = "X-Forwarded-User",
    user_scope: Annotated[str, typer.Option(help="What its users may: read, submit or admin.")] = "submit",
    admin: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="User of the proxy that may do everything.")
    ] = None,
    base_path: Annotated[
        str, typer.Option(help="What stands before `/api/v1` behind a proxy, such as `/actsearch`.")
    ] = "",
    host_name: Annotated[
        list[str] | None, typer.Option(help="Name by which the service is called while it needs no token.")
    ] = None,
    allow_module: Annotated[
        list[str] | None, typer.Option(help="Python module whose tasks may be asked for, `package.module`.")
    ] = None,
    with_runner: Annotated[
        bool, typer.Option("--runner/--no-runner", help="Whether jobs run here, beside other runners.")
    ] = True,
    home: Home = DEFAULT_HOME,
) -> None:
    """Serve jobs, boards and functions over HTTP, under /api/v1, and run the jobs.

    On this machine's own address nobody needs a token until one is made; elsewhere everybody does, or comes
    by a proxy that names its users.
    """
    from ...storage import shown_home
    from ..http.proxy import Proxy
    from ..http.serving import listen, run
    from ..http.settings import Settings
    from ..runner.beside import beside
    from ..runner.runner import Runner

    if admin and not trust_proxy:
        raise ActsearchError("`--admin` names a user of the proxy that `--trust-proxy` names; say that too")
    scope: Scope = user_scope  # type: ignore[assignment]  # an unknown one is refused with the known ones
    proxy = None
    if trust_proxy:
        proxy = Proxy(networks=tuple(trust_proxy), header=user_header, scope=scope, admins=tuple(admin or ()))
    settings = Settings(
        home=home,
        proxy=proxy,
        hosts=tuple(host_name or ()),
        base_path=base_path,
        modules=tuple(allow_module or ()),
    )
    with listen(settings, host, port) as service:
        where = f"{service.url}{settings.root}"
        say = messages()
        say.print(f"actsearch serves {shown_home(home)} at {where}. Ctrl-C stops it.", soft_wrap=True)
        say.print(f"Its dashboard: {service.url}{settings.base_path}/", soft_wrap=True)
        told = Runner(
            home,
            modules=settings.modules,
            on_event=lambda said: say.print(said, soft_wrap=True, markup=False),
        )
        with beside(told) if with_runner else nullcontext():
            run(service)

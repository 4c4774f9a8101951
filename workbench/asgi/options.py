"""Every setting of Streamlit that we rely on, set by code.

`.streamlit/config.toml` depends on the folder the app is started from, and STREAMLIT_* variables are not read under
uvicorn; so neither decides anything here: what we do not set goes back to Streamlit's own default.
"""

import secrets
from collections.abc import Mapping
from types import MappingProxyType

from streamlit import config
from streamlit.config_option import ConfigOption

from workbench.ui.theme import streamlit_theme_options

ADDRESS = "127.0.0.1"
HOSTS = ("127.0.0.1", "localhost")
"""The names a browser on this computer may call us by; anything else is somebody's domain pointed at us."""

MAX_MESSAGE_MB = 20

OPTIONS: Mapping[str, object] = MappingProxyType(
    {
        "browser.gatherUsageStats": False,
        "browser.serverAddress": ADDRESS,
        "client.allowedOrigins": [],  # no page may embed the app and talk to it
        "client.disableDataExport": True,  # that export writes spreadsheet formulas as they are; ours do not
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",  # they send the error's text to search engines
        "client.showSidebarNavigation": True,  # False would hide our own navigation too
        "client.toolbarMode": "minimal",
        "global.developmentMode": False,
        "logger.enableRich": False,
        "logger.level": "warning",
        "logger.messageFormat": "%(asctime)s %(message)s",
        "runner.magicEnabled": False,  # a stray expression in a page must not be drawn
        "secrets.files": [],
        "server.address": ADDRESS,
        "server.allowRunOnSave": False,
        "server.allowedHosts": list(HOSTS),
        "server.baseUrlPath": "",
        "server.corsAllowedOrigins": [],
        "server.disconnectedSessionTTL": 120,
        "server.enableAgentApi": False,
        "server.enableCORS": True,  # means: no other origin may read
        "server.enableExpensiveMemoryStats": False,
        "server.enableStaticServing": False,
        "server.enableWebsocketCompression": False,
        "server.enableXsrfProtection": True,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "server.maxMessageSize": MAX_MESSAGE_MB,
        "server.maxUploadSize": 5,
        "server.runOnSave": False,
        "server.scriptHealthCheckEnabled": False,
        "server.showEmailPrompt": False,
        "server.sslCertFile": None,
        "server.sslKeyFile": None,
        "server.trustedUserHeaders": {},
        "server.xsrfCookieSameSite": "strict",
    }
)


def set_options(port: int) -> None:
    """Set every Streamlit option; to be called before `st.App` is built, because it reads them then."""
    ours = {
        **OPTIONS,
        **streamlit_theme_options(),
        "server.port": port,
        "browser.serverPort": port,
        "server.cookieSecret": secrets.token_hex(),
    }
    for name, option in config.get_config_options().items():
        if name not in ours and option.where_defined != ConfigOption.DEFAULT_DEFINITION:
            config.set_option(name, option.default_val, ConfigOption.STREAMLIT_DEFINITION)
    for name, value in ours.items():
        config.set_option(name, value, ConfigOption.STREAMLIT_DEFINITION)

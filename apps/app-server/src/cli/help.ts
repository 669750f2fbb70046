/** `switchboard --help` */
export const generalHelp = `switchboard: one Codex app-server for many clients, each under its own name

Usage: switchboard [-c key=value]... <COMMAND>

Commands:
  app-server   Serve clients over stdio, WebSocket or a unix socket
  exec-server  Run processes, files and HTTP requests for others
  ledger       Show what leaves a running app-server, for whom and under which name
  connections  Show who is connected to a running app-server
  demo         Show several clients on one server, with a model on this machine

Options:
  -c, --config <key=value>   Override a value of config.toml; repeatable
  -V, --version              Print the version
  -h, --help                 Print this text`;

/** `switchboard app-server --help` */
export const appServerHelp = `Serve Codex clients

Usage: switchboard app-server [OPTIONS]

Options:
      --listen <URL>                         stdio:// (default), ws://IP:PORT, unix:// or unix://PATH
      --stdio                                The same as --listen stdio://
  -c, --config <key=value>                   Override a value of config.toml; repeatable
      --enable <FEATURE>                     The same as -c features.FEATURE=true
      --disable <FEATURE>                    The same as -c features.FEATURE=false
      --ws-auth <MODE>                       capability-token or signed-bearer-token; required beyond loopback
      --ws-token-file <PATH>                 File with the capability token
      --ws-token-sha256 <HEX>                SHA-256 digest of the capability token
      --ws-shared-secret-file <PATH>         File with the secret of signed tokens (HS256), at least 32 bytes
      --ws-issuer <ISSUER>                   Required issuer of signed tokens
      --ws-audience <AUDIENCE>               Required audience of signed tokens
      --ws-max-clock-skew-seconds <SECONDS>  Tolerance for the times in signed tokens (default 30)
      --strict-config                        Refuse to start on an unknown configuration key
      --analytics-default-enabled            Tell ChatGPT how clients use the server, unless [analytics] says no
      --ledger-file <PATH>                   Append each outbound request to a file, a JSON object a line
      --metrics <IP:PORT>                    Offer metrics for Prometheus at http://IP:PORT/metrics; loopback only
      --verbose                              Say on stderr what goes out
  -h, --help                                 Print this text

Environment:
  CODEX_HOME                              Configuration and credentials (default ~/.codex)
  CODEX_INTERNAL_ORIGINATOR_OVERRIDE      Name of work outside any connection (default switchboard)
  OPENAI_API_KEY                          Key of the openai provider when auth.json has none
  HTTP_PROXY, HTTPS_PROXY, ALL_PROXY      Proxies for outbound requests: http, https or socks5
  NO_PROXY                                Hosts that are reached directly
  CODEX_CA_CERTIFICATE, SSL_CERT_FILE     PEM file with more trusted certificates`;

/** `switchboard exec-server --help` */
export const execServerHelp = `Run processes, work with files and send HTTP requests for a Codex app-server elsewhere

Usage: switchboard exec-server [OPTIONS]

Whoever can connect can do all of that as the user who runs it.

Options:
      --listen <URL>                         ws://IP:PORT (default ws://127.0.0.1:0), stdio or stdio://
      --concurrent-requests <COUNT>          Requests of a connection in work at once (default 1, beside any number
                                             of http/request, which then wait for nothing)
      --ws-auth <MODE>                       capability-token or signed-bearer-token; required beyond loopback
      --ws-token-file <PATH>                 File with the capability token
      --ws-token-sha256 <HEX>                SHA-256 digest of the capability token
      --ws-shared-secret-file <PATH>         File with the secret of signed tokens (HS256), at least 32 bytes
      --ws-issuer <ISSUER>                   Required issuer of signed tokens
      --ws-audience <AUDIENCE>               Required audience of signed tokens
      --ws-max-clock-skew-seconds <SECONDS>  Tolerance for the times in signed tokens (default 30)
  -c, --config <key=value>, --enable, --disable, --strict-config
                                             Accepted for compatibility; an exec-server reads no configuration
  -h, --help                                 Print this text

Environment:
  HTTP_PROXY, HTTPS_PROXY, ALL_PROXY      Proxies for http/request: http, https or socks5
  NO_PROXY                                Hosts that are reached directly
  CODEX_CA_CERTIFICATE, SSL_CERT_FILE     PEM file with more trusted certificates`;

/** `switchboard ledger --help` and `switchboard connections --help` */
export const inspectHelp = `Look into a running app-server

Usage: switchboard ledger [OPTIONS]
       switchboard connections [OPTIONS]

Options:
      --remote <URL>        ws://IP:PORT, unix://PATH or unix:// (the default control socket, which is the default)
      --token-file <PATH>   File with the bearer token of a server that wants one
      --follow              ledger: go on, and show each request when it is over
      --json                One JSON object a line instead of a table
  -h, --help                Print this text`;

/** How this process reaches the network. Values come from the operator; nothing is read from the environment here. */
export interface NetworkOptions {
  /** Proxy for `http:` URLs. */
  readonly httpProxy?: string | undefined;
  /** Proxy for `https:` URLs. */
  readonly httpsProxy?: string | undefined;
  /** Comma-separated hosts that are reached directly. */
  readonly noProxy?: string | undefined;
  /** More trusted certificates, PEM, beside the built-in ones. */
  readonly extraCertificates?: string | undefined;
}

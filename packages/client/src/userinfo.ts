/** The user and the password before a URL's host; empty for what it does not name. */
export function userinfoOf({ username, password }: URL): { readonly user: string; readonly password: string } {
  return { user: decodePart(username), password: decodePart(password) };
}

/** The user and the password of a URL as the value of an authorization header (RFC 7617); undefined when it names no user. */
export function basicAuthorization(url: URL): string | undefined {
  const { user, password } = userinfoOf(url);
  if (user === "") return undefined;
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

/** There may be a stray percent sign, which then means itself. */
function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

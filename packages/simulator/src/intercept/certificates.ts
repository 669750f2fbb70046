import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A certificate authority of our own, and a server certificate it signed. All PEM. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * Makes certificates for some hosts (names, `*.` names, addresses) with the `openssl` command: a committed one
 * would expire. They are good for two days.
 */
export async function makeCertificates(hosts: readonly string[]): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-certificates-"));
  const openssl = (command: string) => promisify(execFile)("openssl", command.split(" "), { cwd: folder });
  const read = (name: string) => readFile(join(folder, name), "utf8");
  try {
    await writeFile(join(folder, "openssl.cnf"), configuration(hosts));
    for (const name of ["authority", "server"]) {
      await openssl(`ecparam -name prime256v1 -genkey -noout -out ${name}.key`);
    }
    await openssl(
      "req -x509 -new -key authority.key -days 2 -config openssl.cnf -extensions authority -out authority.pem",
    );
    await openssl("req -new -key server.key -config openssl.cnf -subj /CN=Switchboard -out server.csr");
    await openssl(
      "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -set_serial 2 -days 2 -extfile openssl.cnf -extensions server -out server.pem",
    );
    return {
      authority: await read("authority.pem"),
      certificate: await read("server.pem"),
      key: await read("server.key"),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function configuration(hosts: readonly string[]): string {
  const names = hosts.map((host) => `${isIP(host) === 0 ? "DNS" : "IP"}:${host}`);
  return `
[req]
distinguished_name = name
prompt = no
[name]
CN = Switchboard test
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = CA:FALSE
subjectAltName = ${names.join(",")}
`;
}

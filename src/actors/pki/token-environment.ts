/** Settings that programs and libraries for tokens take from the environment, because they have no other door. */

/** For OpenSSL's engine in this process: its directory, and the PKCS #11 library. Node's OpenSSL looks where it was built. */
export function giveEngine(directory: string, modulePath: string): void {
  process.env["OPENSSL_ENGINES"] = directory;
  process.env["PKCS11_MODULE_PATH"] = modulePath;
}

/** For a child process: ours, with one more. The environment of a process is for its owner's eyes only. */
export const childEnvironment = (name: string, value: string) => ({ ...process.env, LC_ALL: "C", [name]: value });

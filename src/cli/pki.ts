import { type Command, Option } from "commander";
import { parseCount } from "./arguments.ts";

export interface PkiFlags {
  readonly dir: string;
  readonly secretFile?: string;
  readonly json?: boolean;
}

export interface SubjectFlags extends PkiFlags {
  readonly organisation: string;
  readonly country?: string;
  readonly key: "ec-p256" | "ec-p384" | "rsa-2048" | "rsa-3072";
}

export interface IssueFlags extends PkiFlags {
  readonly organisation: string;
  readonly server?: boolean;
  readonly san?: readonly string[];
  readonly csr?: string;
  readonly days: number;
}

/** `twinlane pki …`: certificates for stations and gateway of one site, for a person with a laptop. */
export function registerPki(program: Command): void {
  const pki = program.command("pki").description("certificates for a site: an authority, stations, the gateway");
  const command = (usage: string, description: string) =>
    pki
      .command(usage)
      .description(description)
      .exitOverride()
      .showHelpAfterError()
      .option("-d, --dir <folder>", "where the authority and its keys are", "pki")
      .option("--secret-file <file>", "seals the authority's keys with the text in this file")
      .option("--json", "as one JSON object");
  const kinds = () =>
    new Option("--key <kind>", "kind of key")
      .choices(["ec-p256", "ec-p384", "rsa-2048", "rsa-3072"])
      .default("ec-p256");
  command("init", "make the site's certificate authority")
    .option("--name <name>", "its name", "Site CA")
    .option("--organisation <name>", "whose it is", "Twinlane site")
    .option("--country <code>", "two letters")
    .option("--days <n>", "it lives for so long", parseCount, 3650)
    .addOption(kinds())
    .action(async (flags: SubjectFlags & { readonly name: string; readonly days: number }) =>
      (await import("./pki-run.ts")).init(flags),
    );
  command("issue <name>", "issue a certificate; for a station the name is its identity")
    .option("--server", "for the gateway's listener, instead of a station")
    .option("--san <names...>", "host names and addresses of a server")
    .option("--organisation <name>", "whose it is", "Twinlane site")
    .option("--csr <file>", "for a key that stays where it is; default: a key is made")
    .option("--days <n>", "it lives for so long", parseCount, 825)
    .action(async (name: string, flags: IssueFlags) => (await import("./pki-run.ts")).issue(name, flags));
  command("renew <name>", "a new key and a new certificate for what was issued before")
    .option("--days <n>", "it lives for so long", parseCount, 825)
    .action(async (name: string, flags: PkiFlags & { readonly days: number }) =>
      (await import("./pki-run.ts")).renew(name, flags),
    );
  command("csr <name>", "make a key and a request for another authority")
    .requiredOption("--organisation <name>", "operator's name (CpoName)")
    .option("--country <code>", "two letters")
    .addOption(kinds())
    .action(async (name: string, flags: SubjectFlags) => (await import("./pki-run.ts")).csr(name, flags));
  command("import <name> <file>", "take the certificate that was made of such a request").action(
    async (name: string, file: string, flags: PkiFlags) => (await import("./pki-run.ts")).take(name, file, flags),
  );
  command("list", "what there is, and when it ends").action(async (flags: PkiFlags) =>
    (await import("./pki-run.ts")).list(flags),
  );
  command("trust", "print the root that the other side has to trust (PEM)").action(async (flags: PkiFlags) =>
    (await import("./pki-run.ts")).trust(flags),
  );
}

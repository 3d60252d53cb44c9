/** The product as built: measurements from source would measure the loader, too. */

/** @param file below `dist/`, without extension */
export const builtUrl = (file: string): URL => new URL(`../../dist/${file}.js`, import.meta.url);

/** A module of the build; `M` is its source's type. */
export const built = async <M>(file: string): Promise<M> => (await import(builtUrl(file).href)) as M;

/**
 * Globs over station identities: `*` is any text (also none), `?` is any one character, everything else stands for
 * itself, upper and lower case differ. Compiled once; matching takes at most pattern × text steps, whatever the pattern
 * (a regular expression would not promise that).
 */

export const isGlob = (pattern: string): boolean => /[*?]/.test(pattern);

/** The test for one pattern. */
export function compileGlob(pattern: string): (text: string) => boolean {
  if (!isGlob(pattern)) return (text) => text === pattern;
  const compact = pattern.replace(/\*+/g, "*");
  if (compact === "*") return () => true;
  if (compact.indexOf("*") === compact.length - 1 && !compact.includes("?")) {
    const prefix = compact.slice(0, -1);
    return (text) => text.startsWith(prefix);
  }
  return (text) => matches(compact, text);
}

/** Greedy match that on failure lets the last `*` take one more character. */
function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === "?" || (pattern[p] === text[t] && pattern[p] !== "*"))) {
      p += 1;
      t += 1;
    } else if (pattern[p] === "*") {
      star = p;
      resume = t;
      p += 1;
    } else if (star >= 0) {
      resume += 1;
      t = resume;
      p = star + 1;
    } else {
      return false;
    }
  }
  return restIsStars(pattern, p);
}

function restIsStars(pattern: string, from: number): boolean {
  for (let p = from; p < pattern.length; p += 1) if (pattern[p] !== "*") return false;
  return true;
}

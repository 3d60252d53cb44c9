/** A 2.x sender omits what it has no value for (OCPP-J §4.2), and so does what is stored. */
type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without the fields that are undefined. A loop: a model has hundreds of rows, and by entries it took four times as long. */
export function compact<T extends object>(fields: T): Compact<T> {
  const kept: { [name: string]: unknown } = {};
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name];
  return kept as Compact<T>;
}

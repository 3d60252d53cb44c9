/** Where the daemon looks for its configuration unless told otherwise. */
export const DEFAULT_CONFIG_FILE = "/etc/twinlane/twinlane.yaml";

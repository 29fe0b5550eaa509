/** For `Option.argParser`, of an option that may be repeated: all that were given, in their order. */
export const repeated = (value: string, all: string[] = []): string[] => [...all, value];

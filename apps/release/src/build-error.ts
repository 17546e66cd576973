export type BuildCode = 'PACKAGE_INVALID' | 'COMPILE_FAILED' | 'IMPORT_UNDECLARED' | 'PACK_FAILED';

/** Why nothing was built. The message holds what the compiler or npm said. */
export class BuildError extends Error {
  readonly code: BuildCode;

  constructor(code: BuildCode, message: string) {
    super(message);
    this.name = 'BuildError';
    this.code = code;
  }
}

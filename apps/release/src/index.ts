export { build, distOf } from './build.ts';
export { type BuildCode, BuildError } from './build-error.ts';
export { complaintsOf } from './compile.ts';
export { findLibraries, type Library } from './libraries.ts';
export { pack, type Tarball } from './pack.ts';
export { stage } from './stage.ts';

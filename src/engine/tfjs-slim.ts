/**
 * What the page bundles in place of `@tensorflow/tfjs` (alias in vite.config.ts): the parts that
 * the engine uses, of the same version, without layers, converter, data and WebGL. 368 kB instead
 * of 1.1 MB, minified. Node takes the whole package, whose parts it cannot import one by one.
 */
export * from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';

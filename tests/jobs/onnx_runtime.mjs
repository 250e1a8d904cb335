// node onnx_runtime.mjs MODULES MODEL CALL: runs MODEL in the ONNX Runtime of the folder MODULES (node_modules with the
// package onnxruntime-web). The JSON file CALL names inputs {NAME: {file, shape}} and outputs {NAME: file}, float32 as
// they lie in memory; the shapes of the outputs go to standard output.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [modules, model, call] = process.argv.slice(2);
const ort = createRequire(resolve(modules, "here.js"))("onnxruntime-web");
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const { inputs, outputs } = JSON.parse(readFileSync(call));
const session = await ort.InferenceSession.create(readFileSync(model), { executionProviders: ["wasm"] });
const feeds = {};
for (const [name, { file, shape }] of Object.entries(inputs)) {
  const bytes = readFileSync(file);
  feeds[name] = new ort.Tensor("float32", new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), shape);
}
const results = await session.run(feeds);
const shapes = {};
for (const [name, file] of Object.entries(outputs)) {
  const { data, dims } = results[name];
  writeFileSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  shapes[name] = dims;
}
console.log(JSON.stringify({ version: ort.env.versions?.web ?? "unknown", shapes }));

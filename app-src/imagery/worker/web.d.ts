// What is used of two web standards that Node has or imitates, and whose types come only with those of a browser.

declare namespace WebAssembly {
  class Module {
    private readonly opaque: unique symbol;
  }
  class Instance {
    constructor(module: Module, imports: object);
    readonly exports: object;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}

/** What the codecs of `@jsquash` take and give; they define the class themselves where there is none. */
interface ImageData {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** The options of `@jsquash/jpeg` that are used here. */
declare namespace EmscriptenWasm {
  interface ModuleOpts {
    instantiateWasm(imports: object, done: (instance: WebAssembly.Instance) => void): object;
    printErr(message: string): void;
  }
}

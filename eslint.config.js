import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";

const providerRoot = {
  name: "@cdktf/provider-aws",
  message:
    "The package root loads every AWS resource (seconds and gigabytes). Import from @cdktf/provider-aws/lib/<name>.",
};

export default tseslint.config(
  { ignores: ["node_modules/", "dist/", "cdktf.out/", "coverage/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "no-restricted-imports": ["error", { paths: [providerRoot] }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
    },
  },
  {
    // Constructs register themselves with their scope: `new Thing(scope, ...)` is a statement there.
    files: ["main.ts", "modules/**/*.ts", "stacks/**/*.ts", "__tests__/**/*.ts"],
    rules: { "no-new": "off" },
  },
  { files: ["**/*.cjs"], languageOptions: { globals: { module: "readonly" }, sourceType: "commonjs" } },
  prettier,
);

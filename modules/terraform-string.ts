/**
 * Escapes what Terraform would read as a template (`${`, `%{`) in text that is meant literally, and leaves references to
 * resources (cdktf's tokens) as they are.
 */
export function escapeTemplate(text: string): string {
  return text.replace(/([$%])\{(?!TfToken\[)/g, "$1$1{");
}

/** Handing a file to the person. */

/** Saves bytes as a file of that name, as far as the browser lets a page do so. */
export function download(
  bytes: Uint8Array,
  filename: string,
  type = "text/csv;charset=utf-8",
): void {
  const blob = new Blob([new Uint8Array(bytes)], { type });
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = filename;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken the file by the time that it is idle again.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

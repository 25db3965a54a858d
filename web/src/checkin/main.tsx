/** The door: starts the program in the shell that the server sends, or that the tablet kept. */

import "./door.css";
import { render } from "preact";
import { keepProgram } from "./program";
import { trustOwnScripts } from "./trusted";

trustOwnScripts();
void keepProgram().catch(() => {}); // said on the numbers tab and by the test of the tablet
const root = document.getElementById("door");
if (root !== null) {
  root.replaceChildren();
  render(<main>Door</main>, root);
}

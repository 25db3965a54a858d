/** The door: starts the program in the shell that the server sends, or that the tablet kept. */

import "./door.css";
import { render } from "preact";
import { stayAwake } from "./awake";
import { askForRoom } from "./database";
import { soundOn } from "./feel";
import { keepProgram } from "./program";
import { App } from "./screens/app";
import { Tablet } from "./tablet";
import { trustOwnScripts } from "./trusted";

trustOwnScripts();
void keepProgram().catch(() => {}); // the test of the tablet says what is missing
const root = document.getElementById("door");
if (root !== null) {
  const tablet = new Tablet();
  root.replaceChildren();
  render(<App tablet={tablet} />, root);
  await tablet.start();
  void askForRoom();
  stayAwake();
  soundOn.value = (await tablet.recall<boolean>("sound")) ?? true;
}

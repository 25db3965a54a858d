/** The organisers' console: starts the app in the shell that the server sends. */

import "./console.css";
import { render } from "preact";
import { connect, serverTransport } from "../rpc";
import { App } from "./app";
import { start } from "./router";

function signIn(): void {
  const next = window.location.pathname + window.location.search;
  window.location.assign(`/sign-in?next=${encodeURIComponent(next)}`);
}

const root = document.getElementById("console");
if (root !== null) {
  start();
  root.replaceChildren();
  render(<App clients={connect(serverTransport(signIn))} />, root);
}

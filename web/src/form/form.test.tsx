import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, describe, expect, it } from "vitest";
import { Widget } from "../gen/lanyard/policy/v1/policy_pb";
import type { Problem } from "../lib/errors";
import { Draft } from "./draft";
import { Form } from "./form";
import { type FormHandle, type Kit, useForm } from "./handle";
import { type FieldPlan, type FilePlan, messageOf } from "./runtime";

type Send = (message: unknown) => Promise<Problem | null>;

const pages: HTMLElement[] = [];

afterEach(() => {
  for (const page of pages.splice(0)) {
    render(null, page);
    page.remove();
  }
});

interface Shown {
  form: FormHandle;
  page: HTMLElement;
  sent: unknown[];
}

function show(
  desc: DescMessage,
  options: { answer?: Problem | null; kit?: Kit; initial?: MessageInitShape<DescMessage> } = {},
): Shown {
  const page = document.createElement("div");
  document.body.append(page);
  pages.push(page);
  const sent: unknown[] = [];
  const handles: FormHandle[] = [];
  const send: Send = async (message) => {
    sent.push(structuredClone(message));
    return options.answer ?? null;
  };
  function Page() {
    const form = useForm(() => new Draft(desc, options.initial), send, options.kit);
    handles[0] = form;
    return (
      <Form of={form} label="A form">
        <button type="submit">Send</button>
      </Form>
    );
  }
  act(() => render(<Page />, page));
  const [form] = handles;
  if (form === undefined) {
    throw new Error("the form was not drawn");
  }
  return { form, page, sent };
}

function control(page: HTMLElement, label: string): HTMLInputElement {
  const found = [...page.querySelectorAll("label")].find((l) => l.textContent?.startsWith(label));
  const id = found?.getAttribute("for");
  const element = id ? page.querySelector(`#${id}`) : found?.querySelector("input");
  if (!(element instanceof HTMLElement)) {
    throw new Error(`no control labelled ${label}`);
  }
  return element as HTMLInputElement;
}

function type(page: HTMLElement, label: string, text: string): void {
  act(() => {
    const input = control(page, label);
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

async function submit({ form }: Shown): Promise<void> {
  await act(async () => {
    await form.submit();
  });
}

const labels = (page: HTMLElement) =>
  [...page.querySelectorAll("label, legend")].map((l) => l.textContent?.trim());

const name: FieldPlan = {
  name: "name",
  look: { label: "Your name", autocomplete: "name" },
  rules: { required: true },
};

describe("a form drawn from a descriptor", () => {
  it("shows a field that is added to the message, with label, help and rules", async () => {
    const added: FieldPlan = {
      name: "shoe_size",
      type: "int32",
      look: { label: "Shoe size", help: "In European sizes." },
      rules: {
        type: {
          case: "int32",
          value: { greaterThan: { case: "gte", value: 30 }, lessThan: { case: "lte", value: 52 } },
        },
      },
    };
    const before = show(messageOf({ messages: { Order: [name] } }, "Order"));
    expect(labels(before.page)).toEqual(["Your name *"]);

    const shown = show(messageOf({ messages: { Order: [name, added] } }, "Order"));
    expect(labels(shown.page)).toEqual(["Your name *", "Shoe size *"]);
    expect(shown.page.textContent).toContain("In European sizes.");
    type(shown.page, "Your name", "Ada");
    type(shown.page, "Shoe size", "70");
    await submit(shown);
    expect(shown.page.textContent).toContain("Please enter a number from 30 to 52.");
    expect(shown.sent).toEqual([]);

    type(shown.page, "Shoe size", "38");
    await submit(shown);
    expect(shown.sent).toMatchObject([{ name: "Ada", shoeSize: 38 }]);
  });

  it("carries hidden fields without showing them", async () => {
    const secret: FieldPlan = { name: "request_id", look: { widget: Widget.HIDDEN } };
    const desc = messageOf({ messages: { Order: [secret, name] } }, "Order");
    const shown = show(desc, { initial: { requestId: "r-1", name: "Ada" } as never });
    expect(labels(shown.page)).toEqual(["Your name *"]);
    await submit(shown);
    expect(shown.sent).toMatchObject([{ requestId: "r-1", name: "Ada" }]);
  });

  it("offers an enum's values by their labels, never the one for nothing", () => {
    const plan: FilePlan = {
      enums: {
        Size: [
          ["SIZE_UNSPECIFIED", ""],
          ["SIZE_S", "Small"],
          ["SIZE_L", "Large"],
        ],
      },
      messages: {
        Order: [{ name: "size", type: ".t.Size", look: { label: "Size", widget: Widget.RADIO } }],
      },
    };
    const { page } = show(messageOf(plan, "Order"));
    expect([...page.querySelectorAll(".choice__title")].map((e) => e.textContent)).toEqual([
      "Small",
      "Large",
    ]);
  });

  it("puts fields of one section together, whichever message they are in", () => {
    const plan: FilePlan = {
      messages: {
        Order: [
          { name: "title", look: { label: "Title", section: "About" } },
          { name: "place", type: ".t.Place" },
          { name: "note", look: { label: "Note", section: "About" } },
        ],
        Place: [{ name: "city", look: { label: "City", section: "Where" } }],
      },
    };
    const { page } = show(messageOf(plan, "Order"));
    const sections = [...page.querySelectorAll("section")].map((s) => [
      s.querySelector("h2")?.textContent,
      ...labels(s as HTMLElement),
    ]);
    expect(sections).toEqual([
      ["About", "Title", "Note"],
      ["Where", "City"],
    ]);
  });

  it("leaves a field to the component that the screen brings along", () => {
    const own: FieldPlan = { name: "colour", look: { label: "Colour", widget: Widget.CUSTOM } };
    const desc = messageOf({ messages: { Order: [name, own] } }, "Order");
    expect(labels(show(desc).page)).toEqual(["Your name *"]);
    const kit: Kit = { fields: { colour: ({ place }) => <p>own {place.path}</p> } };
    expect(show(desc, { kit }).page.textContent).toContain("own colour");
  });
});

describe("a field that depends on another", () => {
  const plan: FilePlan = {
    messages: {
      Pool: [
        { name: "unlimited", type: "bool", look: { label: "No limit" } },
        {
          name: "size",
          type: "int32",
          look: { label: "Places", showIf: "unlimited=false" },
          rules: { type: { case: "int32", value: { lessThan: { case: "lte", value: 10 } } } },
        },
      ],
    },
  };

  it("is shown while the other has the value", () => {
    const { page } = show(messageOf(plan, "Pool"));
    expect(labels(page)).toEqual(["No limit", "Places"]);
    act(() => control(page, "No limit").click());
    expect(labels(page)).toEqual(["No limit"]);
  });

  it("does not stand in the way when what it holds is wrong and hidden", async () => {
    const shown = show(messageOf(plan, "Pool"));
    type(shown.page, "Places", "11");
    act(() => control(shown.page, "No limit").click());
    await submit(shown);
    expect(shown.sent).toMatchObject([{ unlimited: true, size: 0 }]);
  });
});

describe("what is wrong", () => {
  const desc = messageOf(
    {
      messages: {
        Team: [
          name,
          { name: "members", type: ".t.Member", repeated: true, look: { label: "Members" } },
        ],
        Member: [
          {
            name: "email",
            look: { label: "E-mail", widget: Widget.EMAIL },
            rules: {
              type: { case: "string", value: { wellKnown: { case: "email", value: true } } },
            },
          },
        ],
      },
    },
    "Team",
  );

  it("stands in a summary that takes the focus and leads to the field", async () => {
    const shown = show(desc);
    await submit(shown);
    const summary = shown.page.querySelector(".error-summary");
    expect(document.activeElement).toBe(summary);
    expect(summary?.querySelector("h2")?.textContent).toBe("One thing to put right");
    act(() => summary?.querySelector("a")?.click());
    expect(document.activeElement).toBe(control(shown.page, "Your name"));
    expect(control(shown.page, "Your name").getAttribute("aria-invalid")).toBe("true");
  });

  it("finds its field inside a list", async () => {
    const shown = show(desc, {
      initial: { name: "A", members: [{ email: "a@example.org" }, { email: "b@" }] } as never,
    });
    await submit(shown);
    const wrong = [...shown.page.querySelectorAll("[aria-invalid]")].map((e) => e.id);
    expect(wrong).toEqual([`${shown.form.id}-members-1-email`]);
  });

  it("comes from the server by the same path", async () => {
    const answer: Problem = {
      reason: "INVALID_INPUT",
      message: "Please check what you entered.",
      violations: [{ path: "name", rule: "name.taken", message: "is taken already" }],
    };
    const shown = show(desc, { answer, initial: { name: "Ada" } as never });
    await submit(shown);
    expect(shown.page.querySelector(".field__error")?.textContent).toBe(
      "Your name is taken already.",
    );
  });

  it("goes away once the field is changed", async () => {
    const shown = show(desc);
    await submit(shown);
    type(shown.page, "Your name", "Ada");
    expect(shown.page.querySelector(".field__error")).toBeNull();
  });

  it("is said in the server's words when it is about no field", async () => {
    const answer: Problem = { reason: "SOLD_OUT", message: "Only 2 are left.", violations: [] };
    const shown = show(desc, { answer, initial: { name: "Ada" } as never });
    await submit(shown);
    expect(shown.page.querySelector(".error-summary__title")?.textContent).toBe("Only 2 are left.");
  });
});

describe("rows of a list", () => {
  it("can be added and taken away", async () => {
    const desc = messageOf(
      { messages: { Order: [{ name: "tags", repeated: true, look: { label: "Tags" } }] } },
      "Order",
    );
    const shown = show(desc);
    const button = (text: string) =>
      [...shown.page.querySelectorAll("button")].find((b) => b.textContent?.startsWith(text));
    act(() => button("Add")?.click());
    act(() => button("Add")?.click());
    act(() => {
      const second = shown.page.querySelectorAll<HTMLInputElement>("ol input")[1];
      if (second !== undefined) {
        second.value = "b";
        second.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
    act(() => button("Remove")?.click());
    await submit(shown);
    expect(shown.sent).toMatchObject([{ tags: ["b"] }]);
  });
});

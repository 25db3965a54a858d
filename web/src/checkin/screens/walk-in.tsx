/** Somebody without a registration: written down, let in, and given a badge that scans. */

import { useSignal } from "@preact/signals";
import { StaffRole } from "../../gen/lanyard/checkin/v1/checkin_pb";
import { Field, Notice, Page } from "./bits";
import { useDoor } from "./context";
import { Locked } from "./pin";
import { Verdict } from "./verdict";

const address = /^[^\s<>"(),:;@]+@[^\s<>"(),:;@]+\.[^\s<>"(),:;@]+$/;

/** Registers a walk-in. */
export function WalkIn() {
  const door = useDoor();
  const list = door.list.value;
  const products = (door.settings.value?.products ?? []).filter(({ id }) =>
    list?.admitsProductIds.includes(id),
  );
  const who = useSignal({ name: "", organisation: "", email: "", productId: "" });
  const problems = useSignal<Partial<Record<"name" | "email", string>>>({});
  const cash = useSignal(false);
  const said = useSignal("");
  if (door.role.value !== StaffRole.LEAD) {
    return <Locked title="Walk-in" what="Searching and walk-ins are for the shift lead." />;
  }
  const set = (change: Partial<typeof who.value>) => {
    who.value = { ...who.value, ...change };
  };
  const productId = who.value.productId || (products[0]?.id ?? "");
  const register = async () => {
    const name = who.value.name.trim();
    const email = who.value.email.trim();
    problems.value = {
      ...(name === "" ? { name: "Enter a name" } : {}),
      ...(email !== "" && !address.test(email)
        ? { email: "Enter an e-mail address such as name@example.org" }
        : {}),
    };
    if (Object.keys(problems.value).length > 0) {
      return;
    }
    const organisation = who.value.organisation.trim();
    const card = await door.walkIn({ name, organisation, email, productId, cashTaken: cash.value });
    if (card !== null) {
      who.value = { name: "", organisation: "", email: "", productId };
      cash.value = false;
      said.value = `${name} is registered.`;
    }
  };
  const left = door.spares.length;
  return (
    <Page title="Walk-in" back="search">
      {left === 0 && (
        <Notice tone="warning" title="This tablet has no more numbers for walk-ins.">
          <p>It gets new ones when it reaches the server.</p>
        </Notice>
      )}
      {products.length === 0 && (
        <Notice tone="warning" title="This list lets nothing in that a walk-in could get." />
      )}
      <p role="status">{said.value}</p>
      <form
        class="form"
        onSubmit={(e) => {
          e.preventDefault();
          void register();
        }}
      >
        <Field
          label="Name"
          value={who.value.name}
          error={problems.value.name ?? ""}
          onInput={(name) => set({ name: name.slice(0, 200) })}
        />
        <Field
          label="Organisation"
          optional
          value={who.value.organisation}
          onInput={(organisation) => set({ organisation: organisation.slice(0, 200) })}
        />
        <Field
          label="E-mail address"
          optional
          help="A confirmation goes there."
          inputMode="email"
          value={who.value.email}
          error={problems.value.email ?? ""}
          onInput={(email) => set({ email: email.slice(0, 254) })}
        />
        <fieldset class="field">
          <legend class="field__label">Ticket</legend>
          <div class="button-row">
            {products.map(({ id, title }) => (
              <label key={id} class="pick">
                <input
                  type="radio"
                  name="product"
                  checked={id === productId}
                  onChange={() => set({ productId: id })}
                />
                <span>{title}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <label class="pick pick--plain">
          <input
            type="checkbox"
            checked={cash.value}
            onChange={(e) => {
              cash.value = e.currentTarget.checked;
            }}
          />
          <span>Money was taken at the door</span>
        </label>
        <button
          type="submit"
          class="button button--primary button--large"
          disabled={left === 0 || productId === ""}
        >
          Register and let in
        </button>
        <p class="muted">Without the network: {left} more walk-ins on this tablet.</p>
      </form>
      <Verdict />
    </Page>
  );
}

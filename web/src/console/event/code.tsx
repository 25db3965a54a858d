/** The dialogues about one code. */

import { create } from "@bufbuild/protobuf";
import { useMemo } from "preact/hooks";
import { AmountField, MaybeNumberField, PercentField } from "../../form/amount";
import type { FieldProps, Kit } from "../../form/handle";
import { Ticks } from "../../form/ticks";
import {
  type Code,
  type CodeDetails,
  CodeEffect,
  CreateCodeRequestSchema,
  UpdateCodeRequestSchema,
} from "../../gen/lanyard/inventory/v1/code_pb";
import type { Product } from "../../gen/lanyard/inventory/v1/inventory_pb";
import { count } from "../../lib/words";
import { FormDialog } from "../kit/dialog";
import { useEdit } from "../kit/edit";
import { say } from "../kit/toast";
import { useStep } from "./change";
import { useEvent } from "./context";
import { currencyOf } from "./pricing";

interface CodeProps {
  products: readonly Product[];
  onClose: () => void;
  /** Comes after a change: the codes are to be read again. */
  onDone: () => void;
}

/** Adds a code, or changes one. */
export function CodeDialog({ code, ...props }: CodeProps & { code: Code | null }) {
  return code === null ? <NewCode {...props} /> : <EditCode code={code} {...props} />;
}

function useKit(products: readonly Product[]): Kit {
  return useMemo(() => {
    const product_ids = (props: FieldProps) => (
      <Ticks
        {...props}
        ticks={products
          .filter((p) => !p.archived)
          .map((p) => ({ id: p.id, label: p.details?.title ?? "" }))}
        none="There is no product yet."
      />
    );
    return {
      fields: {
        product_ids,
        percent: PercentField,
        amount_minor: AmountField,
        budget_minor: AmountField,
        max_uses: MaybeNumberField,
      },
    };
  }, [products]);
}

/** The details without what belongs to another effect than the one chosen. */
export function tidy(details: CodeDetails): CodeDetails {
  const out: CodeDetails = { ...details };
  const money = out.effect === CodeEffect.FIXED || out.effect === CodeEffect.SET_PRICE;
  if (out.effect !== CodeEffect.PERCENT) {
    out.percent = 0;
  }
  if (!money) {
    out.amountMinor = 0n;
  }
  if (!money && out.budgetMinor === undefined) {
    out.currency = "";
  }
  return out;
}

function tidied<R extends { details?: CodeDetails | undefined }>(request: R): R {
  return request.details === undefined ? request : { ...request, details: tidy(request.details) };
}

function NewCode({ products, onClose, onDone }: CodeProps) {
  const { clients, membership } = useEvent();
  const form = useStep({
    desc: CreateCodeRequestSchema,
    initial: { details: { effect: CodeEffect.PERCENT, currency: currencyOf(products) } },
    kit: useKit(products),
    send: async (request) => {
      await clients.codes.createCode(tidied(request));
      return {};
    },
    done: "The code is added.",
    arrive: onDone,
  });
  const limited = membership.eventIds.length > 0;
  return (
    <FormDialog title="Add a code" form={form} confirm="Add the code" onClose={onClose}>
      {limited && (
        <p class="muted">Your role is for certain events, so the code can be for this one only.</p>
      )}
    </FormDialog>
  );
}

function EditCode({ code, products, onClose, onDone }: CodeProps & { code: Code }) {
  const { ids, clients } = useEvent();
  const present = (now: Code) => ({
    message: create(UpdateCodeRequestSchema, {
      ...ids,
      codeId: now.id,
      disabled: now.disabled,
      ...(now.details === undefined
        ? {}
        : { details: { ...now.details, currency: now.details.currency || currencyOf(products) } }),
    }),
    version: now.version,
  });
  const { form, notice } = useEdit({
    desc: UpdateCodeRequestSchema,
    from: present(code),
    kit: useKit(products),
    send: (request) => clients.codes.updateCode(tidied(request)),
    latest: async () => {
      const { codes } = await clients.codes.listCodes(ids);
      return present(codes.find((c) => c.id === code.id) ?? code);
    },
    done: () => {
      say("The code is saved.");
      onDone();
    },
  });
  const used = `${count(code.uses, "order")} placed with it ${code.uses === 1 ? "keeps" : "keep"} their price.`;
  return (
    <FormDialog
      title="Change the code"
      form={form}
      consequences={code.uses === 0 ? [] : [{ icon: "ticket", text: used }]}
      confirm="Save"
      onClose={onClose}
    >
      {notice}
    </FormDialog>
  );
}

/**
 * For tests: messages that no .proto file declares, made while the test runs, so that a test can
 * prove that a field nobody has ever heard of finds its way onto the page.
 */

import {
  create,
  createFileRegistry,
  type DescMessage,
  type MessageInitShape,
  setExtension,
} from "@bufbuild/protobuf";
import {
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  EnumValueOptionsSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import {
  FieldRulesSchema,
  file_buf_validate_validate,
  field as rules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import {
  ChoiceSchema,
  choice,
  FieldSchema,
  field,
  file_lanyard_policy_v1_policy,
} from "../gen/lanyard/policy/v1/policy_pb";

/** A field of such a message. */
export interface FieldPlan {
  name: string;
  /** "string" unless given; an enum or message is named ".t.Name". */
  type?: "string" | "bool" | "int32" | "int64" | `.t.${string}`;
  repeated?: boolean;
  look?: MessageInitShape<typeof FieldSchema>;
  rules?: MessageInitShape<typeof FieldRulesSchema>;
}

/** What the file holds: messages by name, and enums as [value name, label] from 0 up. */
export interface FilePlan {
  messages: Readonly<Record<string, readonly FieldPlan[]>>;
  enums?: Readonly<Record<string, readonly (readonly [string, string])[]>>;
}

const types = {
  string: FieldDescriptorProto_Type.STRING,
  bool: FieldDescriptorProto_Type.BOOL,
  int32: FieldDescriptorProto_Type.INT32,
  int64: FieldDescriptorProto_Type.INT64,
};

/** Builds the file and returns the message called name. */
export function messageOf(plan: FilePlan, name: string): DescMessage {
  const file = create(FileDescriptorProtoSchema, {
    name: "t.proto",
    package: "t",
    syntax: "proto3",
    dependency: [file_buf_validate_validate.proto.name, file_lanyard_policy_v1_policy.proto.name],
    messageType: Object.entries(plan.messages).map(([message, fields]) =>
      create(DescriptorProtoSchema, {
        name: message,
        field: fields.map((f, i) => fieldOf(f, i + 1, plan)),
      }),
    ),
    enumType: Object.entries(plan.enums ?? {}).map(([enumeration, values]) =>
      create(EnumDescriptorProtoSchema, {
        name: enumeration,
        value: values.map(([value, label], number) => {
          const options = create(EnumValueOptionsSchema);
          setExtension(options, choice, create(ChoiceSchema, { label }));
          return { name: value, number, options };
        }),
      }),
    ),
  });
  const known = [file_buf_validate_validate, file_lanyard_policy_v1_policy];
  const built = createFileRegistry(file, (dependency) =>
    known.find((k) => k.proto.name === dependency),
  );
  const found = built.getMessage(`t.${name}`);
  if (found === undefined) {
    throw new Error(`no message ${name} in the plan`);
  }
  return found;
}

function fieldOf(plan: FieldPlan, number: number, file: FilePlan) {
  const type = plan.type ?? "string";
  const options = create(FieldOptionsSchema);
  if (plan.look !== undefined) {
    setExtension(options, field, create(FieldSchema, plan.look));
  }
  if (plan.rules !== undefined) {
    setExtension(options, rules, create(FieldRulesSchema, plan.rules));
  }
  const named = type.startsWith(".");
  const isEnum = named && file.enums?.[type.slice(".t.".length)] !== undefined;
  return create(FieldDescriptorProtoSchema, {
    name: plan.name,
    number,
    label: plan.repeated
      ? FieldDescriptorProto_Label.REPEATED
      : FieldDescriptorProto_Label.OPTIONAL,
    type: named
      ? isEnum
        ? FieldDescriptorProto_Type.ENUM
        : FieldDescriptorProto_Type.MESSAGE
      : types[type as keyof typeof types],
    typeName: named ? type : "",
    options,
  });
}

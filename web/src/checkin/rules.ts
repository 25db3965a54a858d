/**
 * Stands in for the validation rules' own schema in the door's build. The contract's options name
 * it, the tablet never reads them, and it is an eighth of the program.
 */

import { create, toBinary } from "@bufbuild/protobuf";
import { fileDesc } from "@bufbuild/protobuf/codegenv2";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

const empty = create(FileDescriptorProtoSchema, {
  name: "buf/validate/validate.proto",
  package: "buf.validate",
});

/** The file, without anything in it. */
export const file_buf_validate_validate = fileDesc(
  base64Encode(toBinary(FileDescriptorProtoSchema, empty)),
);

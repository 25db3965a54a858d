/** A box in which people look for something. It waits until they pause. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./bits";

interface SearchBoxProps {
  id: string;
  placeholder: string;
  value: string;
  onSearch: (text: string) => void;
}

const pause = 250;

/** The box. A value that changes from outside, as by "Show all", shows in it. */
export function SearchBox({ id, placeholder, value, onSearch }: SearchBoxProps) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const latest = useRef(onSearch);
  latest.current = onSearch;
  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    const words = text.trim();
    if (words === sent.current) {
      return undefined;
    }
    const timer = setTimeout(() => {
      sent.current = words;
      latest.current(words);
    }, pause);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="field toolbar__grow">
      <label class="field__label" for={id}>
        Search
      </label>
      <div class="input-group">
        <Icon name="search" />
        <input
          class="input"
          id={id}
          type="search"
          placeholder={placeholder}
          maxLength={100}
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
        />
      </div>
    </div>
  );
}

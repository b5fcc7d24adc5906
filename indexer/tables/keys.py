"""What the commands about API keys show."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from indexer.keys import ListedKey, ListedKeys, NewKey


def added_summary(new: NewKey) -> tuple[Text, ...]:
    """The key alone on its line, to be copied."""
    limits = [f"{new.per_minute}/minute"] * (new.per_minute is not None)
    limits += [f"{new.per_day}/day"] * (new.per_day is not None)
    may = f"Key '{new.name}' has the scope {new.scope}{', ' * bool(limits)}{', '.join(limits)}."
    return (
        Text(f"{may} Keep it: it is not shown again.\n"),
        Text(f"  {new.key}\n", style="bold"),
        Text("It is sent as a header: 'Authorization: Bearer KEY' or 'X-API-Key: KEY'."),
    )


def keys_table(found: ListedKeys, index: Path) -> Table | Text:
    """One line for each."""
    if not found.keys:
        add = f"indexer keys add NAME --index {index}"
        return Text(f"The index '{index}' has no API key; '{add}' makes one.")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("name", overflow="fold")
    for name in ("id", "scope"):
        table.add_column(name, no_wrap=True)
    for name in ("per minute", "per day", "today"):
        table.add_column(name, justify="right")
    for name in ("last used", "revoked"):
        table.add_column(name, no_wrap=True)
    for key in found.keys:
        table.add_row(*_row(key), style="dim" if key.revoked_at else "")
    return table


def revoked_summary(gone: ListedKey) -> Text:
    """What was revoked."""
    return Text(f"Key '{gone.name}' ({gone.key_id}) is revoked; servers know it within seconds.")


def _row(key: ListedKey) -> tuple[str | Text, ...]:
    limits = ("–" if limit is None else f"{limit}" for limit in (key.per_minute, key.per_day))
    days = (one[:10] if one else "–" for one in (key.last_used, key.revoked_at))
    return (Text(key.name), key.key_id, key.scope, *limits, f"{key.today}", *days)

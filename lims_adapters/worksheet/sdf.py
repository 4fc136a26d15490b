"""SD files (BIOVIA CTfile formats, 2020): a round's molecules out, results in as data items."""

import re
from collections.abc import Sequence

from lims_adapters.worksheet.tables import MOST_ROWS, Cell, Sheet
from loop.core.candidate import Material
from loop.core.order import WorkOrder
from loop.errors import AdapterError, Problem

_ITEM = re.compile(r"^>.*?<(?P<name>.+)>[^>]*$")


def as_sdf(orders: Sequence[WorkOrder]) -> bytes:
    """Return the orders as an SD file, their ids and what is asked as data items.

    Raises:
        AdapterError: a candidate is no molecule, or its SMILES cannot be drawn.
    """
    from rdkit import Chem
    from rdkit.Chem import rdDepictor

    blocks = []
    for order in orders:
        if order.candidate.material not in {Material.MOLECULE, Material.POLYMER}:
            raise AdapterError(
                f"order {order.order_id} asks for a {order.candidate.material.value}; "
                "an SD file holds molecules and repeat units",
                hint="set sdf = false under [lims]",
            )
        mol = Chem.MolFromSmiles(order.candidate.structure)
        if mol is None:
            raise AdapterError(f"{order.candidate.structure!r} of {order.order_id} cannot be drawn")
        rdDepictor.Compute2DCoords(mol)
        mol.SetProp("_Name", _one_line(order.candidate.label))
        items = {"order_id": order.order_id, "smiles": order.candidate.structure}
        items |= {f"wanted {r.property}": f"{r.unit} x{r.replicates}" for r in order.requests}
        if order.note:
            items["wanted note"] = _one_line(order.note)
        data = "".join(f">  <{name}>\n{value}\n\n" for name, value in items.items())
        blocks.append(f"{Chem.MolToMolBlock(mol)}{data}$$$$\n")
    return "".join(blocks).encode()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def read_sdf(name: str, content: bytes) -> Sheet | Problem:
    """Return the data items of an SD file as a table: one row a record."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Problem(name, f"byte {error.start}", "no text", "UTF-8 text")
    if "\x00" in text:
        return Problem(name, "file", "binary data", "an SD file")
    text = "\n".join(text.splitlines())
    records = [r for r in re.split(r"^\$\$\$\$[ \t]*$", text, flags=re.MULTILINE) if r.strip()]
    if len(records) > MOST_ROWS:
        return Problem(name, "records", str(len(records)), f"at most {MOST_ROWS}")
    items = []
    for number, record in enumerate(records, start=1):
        read = _items(record)
        if isinstance(read, str):
            return Problem(name, f"record {number}", read, "each data item once")
        items.append(read)
    header = tuple(dict.fromkeys(key for read in items for key in read))
    if not {h.strip().lower() for h in header} & {"order_id", "order", "orderid"}:
        shown = ", ".join(header)[:80] or "no data items"
        return Problem(name, "record 1", shown, "a data item order_id in every record")
    rows: list[tuple[int, tuple[Cell, ...]]] = [
        (number, tuple(read.get(key) for key in header))
        for number, read in enumerate(items, start=1)
    ]
    return Sheet(header, tuple(rows), addressed=False, row_word="record")


def _items(record: str) -> dict[str, str] | str:
    """Return the data items of a record, or the name of one that is there twice."""
    found: dict[str, str] = {}
    lines = iter(record.splitlines())
    for line in lines:
        match = _ITEM.match(line)
        if match is None:
            continue
        name = match["name"].strip()
        if name in found:
            return name
        value = []
        for content in lines:
            if not content.strip():
                break
            value.append(content.strip())
        if not name.lower().startswith("wanted "):
            found[name] = " ".join(value)
    return found

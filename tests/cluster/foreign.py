"""Files as other programs, other conventions and other people make them: fields with metadata of all kinds, checkpoints with attributes that no run
writes, histories that were edited, options files that include themselves. Each from a random generator alone."""
import io
import h5py, numpy as np

AXES = [('y', 'x'), ('x', 'y'), ('lat', 'lon'), ('latitude', 'longitude'), ('Y', 'X'), ('north', 'east'), ('dim0', 'dim1'), ('z', 'y'), ('x', 'x')]
NUMBERS = [0., 1., -1., 9.96921e36, -32768, 1e300, -1e300, float('nan'), float('inf'), 1e-320]
TEXTS = ['', 'm', 'degrees_north', 'X', 'Y', 'T', 'x', 'latitude', 'projection_x_coordinate', 'seconds since 2000-01-01', 'é', '%s%n', '\x1b[31mred', 'u' * 3000]
ATTRIBUTES = ['_FillValue', 'missing_value', 'scale_factor', 'add_offset', 'valid_range', 'units', 'axis', 'standard_name', 'coordinates', 'positive', 'time', 'step', 'mass']
TYPES = ['f8', 'f8', 'f8', 'f4', 'f2', '>f8', '>f4', 'i1', 'u1', 'i2', '>i4', 'i8', 'u8', 'bool', 'c16', 'S5', 'V3']
HUGE = [(1, 2**31, 2**30), (1, 2**27), (2**32,), (2**31 - 1,), (2**21, 2**21, 2**21), (2**62, 4), (0, 12), (8, 0)]


def attribute(r):
    """What may stand in an attribute."""
    return r.choice([lambda: r.choice(NUMBERS), lambda: r.choice(TEXTS), lambda: np.bytes_(r.choice(TEXTS).encode()), lambda: np.float32(r.choice(NUMBERS[:4])),
                     lambda: np.int32(r.randint(-9, 9)), lambda: r.choice([2**31 - 1, 2**31, -1, 2**63 - 1]), lambda: np.array([r.choice(NUMBERS) for _ in range(r.randint(0, 3))]),
                     lambda: ['é' * r.randint(0, 400) for _ in range(r.randint(1, 300))], lambda: np.array([b'ab', b'c'] * r.randint(1, 99)), lambda: h5py.Empty('f8'),
                     lambda: np.zeros(r.choice([1, 7000])), lambda: np.array(True), lambda: np.array(1j), lambda: np.zeros((2, 2), 'i2')])()


def decorate(r, item, names=ATTRIBUTES):
    for name in r.sample(names, r.choice([0, 1, 1, 2, 4])):
        try:
            item.attrs[name] = attribute(r)
        except (OSError, RuntimeError, TypeError, ValueError):  # what HDF5 itself does not take, as attributes beyond 64 KB
            pass


def coordinate(r, n, lower=0., upper=1.):
    """Centres of n cells, or what is nearly that, or nothing like it."""
    centres = lower + (np.arange(n) + 0.5) * (upper - lower) / max(n, 1)
    return r.choice([lambda: centres, lambda: centres, lambda: centres[::-1].copy(), lambda: centres + 0.01, lambda: 100 * centres, lambda: np.linspace(lower, upper, n),
                     lambda: np.full(n, np.nan), lambda: centres ** 2, lambda: np.zeros(n), lambda: centres.astype('f4'), lambda: np.arange(n), lambda: np.array([b'a'] * n),
                     lambda: np.ones((n, 2)), lambda: np.arange(n + 1.), lambda: np.float64(1)])()


def values(r, shape):
    kind = r.choice(TYPES)
    data = np.abs(np.sin(np.arange(1, np.prod(shape) + 1.))).reshape(shape) + 0.1
    if kind == 'bool':
        return data > 0.5
    if kind[0] in 'SV':
        return np.zeros(shape, kind)
    data = (data * (100 if kind[-2] in 'iu' else 1)).astype(kind)
    if data.size and r.random() < 0.5:
        flat = data.reshape(-1)
        with np.errstate(all='ignore'):
            flat[:: r.choice([1, 3, 7])] = np.array(r.choice(NUMBERS)).astype(kind)
    return data


def fill(r, f, name, shape):
    """A dataset, stored in one of the ways there are."""
    way, chunks = r.randrange(12), tuple(max(1, n // 2) for n in shape)
    if way == 0:
        f.create_dataset(name, r.choice(HUGE), r.choice(['f8', 'f4', 'i1']), chunks=True)  # never written
    elif way == 1:
        f.create_dataset(name, shape, 'f8', chunks=chunks, fillvalue=r.choice(NUMBERS))
    elif way == 2:
        f.create_dataset(name, shape, 'f8', external=[(r.choice(['victim', 'missing', '/dev/zero', 'fifo', 'text']), 0, h5py.h5f.UNLIMITED)])
    elif way == 3:
        f[name] = r.choice([h5py.ExternalLink(r.choice(['good.h5', 'fifo', 'missing', '/dev/zero', 'fuzz.h5']), '/density'), h5py.SoftLink('/' + name), h5py.SoftLink('/none'),
                            h5py.SoftLink('/group/density')])
    elif way == 4:
        layout = h5py.VirtualLayout(shape, 'f8')
        layout[...] = h5py.VirtualSource(r.choice(['good.h5', 'missing', 'fifo', '.']), 'density', shape)
        f.create_virtual_dataset(name, layout)
    elif way == 5:
        f.create_group(name)
    else:
        data = values(r, shape)
        more = r.choice([{}, {}, {'compression': 'gzip'}, {'compression': 'lzf'}, {'shuffle': True, 'compression': 'gzip'}, {'fletcher32': True}, {'maxshape': (None,) * len(shape)}])
        f.create_dataset(name, data=data, **({**more, 'chunks': chunks} if more and data.size else {}))


def field(r, shape=(8, 12)):
    """A file with a field that may be meant for a grid of that shape; the name of its dataset."""
    memory, name = io.BytesIO(), r.choice(['density', 'density', 'rho', 'a/b/c', 'é', 'x' * 300])
    shape = r.choice([shape, shape, shape, shape[::-1], (1, *shape), (3, *shape), (*shape, 1), (16, 24), (7, 11), (96,), (8, 8)])
    with h5py.File(memory, 'w', libver=r.choice(['earliest', 'latest'])) as f:
        fill(r, f, name, shape)
        decorate(r, f)
        made = f.get(name) if r.random() < 0.9 and isinstance(f.get(name, getlink=True), h5py.HardLink) else None
        if isinstance(made, h5py.Dataset):
            decorate(r, made)
            axes = ('time', 'z')[:max(0, made.ndim - 2)] + r.choice(AXES) if r.random() < 0.8 else ()
            for place, (axis, n) in enumerate(zip(axes[-made.ndim:], made.shape)):
                if axis in f or n > 10**4:
                    continue
                f[axis] = coordinate(r, n)
                decorate(r, f[axis], ['units', 'axis', 'standard_name', 'positive', 'bounds', 'calendar'])
                if r.random() < 0.8 and f[axis].ndim == 1:
                    f[axis].make_scale(r.choice(['', axis]))
                    made.dims[place].attach_scale(f[axis])
            if made.dtype.kind in 'fiu' and r.random() < 0.3:  # packed
                made.attrs['scale_factor'], made.attrs['add_offset'] = r.choice([0.01, 0., -1., 1e300]), r.choice([0., 1., -1e9])
        if r.random() < 0.1:
            f['loop'] = f['/']
    return memory.getvalue(), name


def checkpoint(r, body):
    """A checkpoint with attributes and datasets changed by hand."""
    memory = io.BytesIO(body)
    with h5py.File(memory, 'r+') as f:
        datasets = [n for n in f if isinstance(f[n], h5py.Dataset)]
        for _ in range(r.choice([1, 1, 2])):
            what, item = r.random(), r.choice([f, f, f[r.choice(datasets)]]) if datasets else f
            names = [n for n in item.attrs if n not in ('DIMENSION_LIST', 'REFERENCE_LIST', 'CLASS')]
            if what < 0.6 and names:
                name = r.choice(names)
                old = item.attrs[name]
                try:
                    if isinstance(old, (np.floating, np.integer)) and r.random() < 0.6:
                        item.attrs.modify(name, np.array(r.choice([0, -1, 2**31 - 1, 2**31 - 2, 1e300, 1e308, -1e300, np.nan, np.inf, float(old) * 2, 1e-300])).astype(np.asarray(old).dtype))
                    else:
                        item.attrs[name] = attribute(r)
                except (OSError, OverflowError, RuntimeError, TypeError, ValueError):
                    pass
            elif what < 0.7 and names:
                del item.attrs[r.choice(names)]
            elif what < 0.8:
                decorate(r, f)
            elif datasets:
                change(r, f, datasets)
    return memory.getvalue()


def change(r, f, datasets):
    """Values that no run writes, or a dataset of another shape."""
    name = r.choice(datasets)
    if f[name].dtype.kind == 'f' and r.random() < 0.7:
        data = f[name][...]
        data.reshape(-1)[:: r.choice([1, 5, 10**6])] = r.choice(NUMBERS)
        f[name][...] = data
    elif r.random() < 0.5:
        del f[name]
        datasets.remove(name)
    else:
        del f[name]
        fill(r, f, name, r.choice([(8, 12), (12,), (3,)]))


def history(r, text):
    """A history that someone has edited."""
    rows = text.split(b'\n')
    for _ in range(r.choice([1, 1, 2])):
        place, kind = r.randrange(len(rows)), r.randrange(10)
        if kind == 0:
            del rows[place:place + r.choice([1, 1, 99])]
        elif kind == 1:
            rows.insert(place, rows[r.randrange(len(rows))] if rows else b'')
        elif kind == 2:
            rows[place:place + 2] = rows[place:place + 2][::-1]
        elif kind == 3:
            fields = rows[place].split(b',')
            fields[r.randrange(len(fields))] = r.choice([b'', b'nan', b'1e999', b'-1', b'2147483648', b'x', b'"', b'9' * 5000, b'\0', b'\xff'])
            rows[place] = b','.join(fields)
        elif kind == 4:
            rows[place] += b',' * r.choice([1, 5000])
        elif kind == 5:
            rows[place] = rows[place][: r.randrange(len(rows[place]) + 1)]
        elif kind == 6:
            rows[0] = rows[0].replace(r.choice([b'step', b'time', b'energy', b',']), r.choice([b'Step', b'', b';']))
        elif kind == 7:
            rows = [row + b'\r' for row in rows]
        elif kind == 8:
            rows.append(r.choice([b'x' * 10**5, b'\n' * 50, b'17,1']))
        else:
            rows = [b'\xef\xbb\xbf' + rows[0], *rows[1:]]
        rows = rows or [b'']
    return b'\n'.join(rows)


def options(r, lines):
    """Options files, one of which is given: a dictionary of their texts."""
    odd = [b'-options_file fuzz.opts', b'-options_file other.opts', b'-options_file missing.opts', b'-options_file fifo', b'-options_file .', b'-dll_append ./lib.so', b'-dll_prepend x',
           b'-python', b'-start_in_debugger noxterm', b'-on_error_attach_debugger', b'-energy_potential ' + b'x' * r.choice([2000, 2500, 5000, 70000]),
           b'-energy_potential ' + b'(' * 3000 + b'x' + b')' * 3000, b'-energy_potential ' + b'1' * 4000, b'-' + b'y' * 3000 + b' 1', b'-density "1+x', b"-density '1+x", b'-density\t1+x\t',
           b'-density 1 + x', b'stray', b'-', b'--', b'\x01\x02 3', b'\0', b'-density \xff\xfe', b'-density 1\x1b[2J', b'# ' + b'c' * 9000, b'-prefix_push a_', b'-prefix_pop', b'-alias a b',
           b'-jko_dt=0.1', b'-jko_dt 0.1 # why', b'-jko_dt 0.1 -jko_max_steps 1', b'', b'-help', b'-version', b'-log_view :fuzz.log', b'-malloc_dump', b'-skip_petscrc', b'-fp_trap']
    lines = list(lines)
    for _ in range(r.choice([1, 1, 2, 4])):
        lines.insert(r.randrange(len(lines) + 1), r.choice(odd))
    end = r.choice([b'\n', b'\n', b'\r\n', b'\r'])
    text = r.choice([b'', b'', b'', b'\xef\xbb\xbf', b'\xff\xfe']) + end.join(lines) + r.choice([b'', end])
    return {'fuzz.opts': text, 'other.opts': r.choice([b'-options_file fuzz.opts\n', b'-options_file other.opts\n', b'-jko_dt 1e-2\n', r.choice(odd) + b'\n'])}

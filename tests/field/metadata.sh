#!/usr/bin/env bash
# What a file says of its numbers and its cells is followed or refused by name, on any number of ranks.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow="-grid_lower -1,2 -grid_upper 1,4 -energy_terms entropy -jko_dt 1e-4 -jko_max_steps 1 -jko_monitor quiet -density_mass 0"

"$PYTHON" - << 'END'
import h5py, numpy as np
rho = 1 + np.random.default_rng(1).random((6, 6))
np.save('rho.npy', rho)
x, y = -1 + (np.arange(6) + .5) / 3, 2 + (np.arange(6) + .5) / 3

def write(name, data=rho, dims=('y', 'x'), coordinates=None, attrs={}, axes={}, **more):
    """A netCDF-4 file as libraries write it: a scale for each dimension, attributes of the field and of the axes."""
    with h5py.File(name + '.h5', 'w') as f:
        a = f.create_dataset('density', data=data, **more)
        for key, value in attrs.items(): a.attrs[key] = value
        for d, (dim, place) in enumerate(zip(dims, coordinates or (y, x))):
            if place is None: continue
            f[dim] = place
            for key, value in axes.get(dim, {}).items(): f[dim].attrs[key] = value
            f[dim].make_scale(dim)
            a.dims[d].attach_scale(f[dim])

some = lambda fill, dtype='f8': np.where(np.arange(36).reshape(6, 6) % 7 == 3, fill, rho).astype(dtype)
write('sound')
write('fill', some(-999), attrs={'_FillValue': -999.})
write('missing', some(1e20, 'f4'), attrs={'missing_value': np.array([1e20, 5e20])})
write('netcdf', some(9.969209968386869e36))
write('nan', some(np.nan), attrs={'_FillValue': np.nan})
write('range', some(1e9), attrs={'valid_range': np.array([0., 1e3])})
write('unused', attrs={'_FillValue': np.nan, 'missing_value': 1e20})
pack = np.round((rho - 1) * 60000).astype('u2')
write('packed', pack.view('i2'), attrs={'scale_factor': 1 / 60000, 'add_offset': 1., '_Unsigned': 'true', '_FillValue': np.int16(-1)})
with h5py.File('chunks.h5', 'w') as f: f.create_dataset('density', (6, 6), 'f8', chunks=(3, 2))[:4, :2] = rho[:4, :2]
with h5py.File('never.h5', 'w') as f: f.create_dataset('density', (6, 6), 'f8')
write('down', rho[::-1], coordinates=(y[::-1], x))
write('downboth', rho[::-1, ::-1], dims=('lat', 'lon'), coordinates=(y[::-1], x[::-1]))
write('single', coordinates=(y.astype('f4'), x.astype('f4')))
write('upper', dims=('Y', 'X'))
write('latlon', dims=('lat', 'lon'))
write('lonlat', rho.T, dims=('lon', 'lat'), coordinates=(x, y))
write('XY', rho.T, dims=('X', 'Y'), coordinates=(x, y))
write('axis', rho.T, dims=('a', 'b'), coordinates=(x, y), axes={'a': {'axis': 'X'}, 'b': {'axis': 'Y'}})
write('standard', rho.T, dims=('a', 'b'), coordinates=(x, y), axes={'a': {'standard_name': 'projection_x_coordinate'}})
write('shifted', coordinates=(y, x + .1))
write('scaled', coordinates=(1000 * y, 1000 * x), axes={'y': {'units': 'm'}})
write('nodes', coordinates=(np.linspace(2, 4, 6), np.linspace(-1, 1, 6)))
write('bent', coordinates=(y, x + .02 * (np.arange(6) == 2)))
write('section', dims=('z', 'x'))
write('history', dims=('time', 'x'), coordinates=(np.arange(6.), x))
def plain(name, **more):
    with h5py.File(name + '.h5', 'w') as f:
        for key, value in more.items(): f[key] = value
plain('siblings', density=rho, x=x, y=y)
plain('siblingsoff', density=rho, x=x + 1, y=y)
plain('faces', density=rho, x=np.linspace(-1, 1, 7), y=np.linspace(2, 4, 7))
plain('mesh', density=rho, X=np.meshgrid(x, y)[0], Y=np.meshgrid(x, y)[1])
plain('meshij', density=rho.T, X=np.meshgrid(x, y, indexing='ij')[0], Y=np.meshgrid(x, y, indexing='ij')[1])
with h5py.File('named.h5', 'w') as f:
    f['density'] = rho; f['density'].attrs['coordinates'] = 'lat lon'; f['lat'] = y; f['lon'] = x + .5
with h5py.File('labels.h5', 'w') as f: f['density'] = rho.T; f['density'].dims[0].label = 'x'; f['density'].dims[1].label = 'y'
series = np.stack([rho, 2 * rho, 3 * rho])
for name, data, dim in ('series', series, 'time'), ('first', series[:1], 'time'):
    with h5py.File(name + '.h5', 'w') as f:
        f['density'] = data; f[dim] = np.arange(len(data)) / 4; f[dim].make_scale(dim); f['density'].dims[0].attach_scale(f[dim])
plain('bool', density=rho > 1.5)
plain('words', density=np.full((6, 6), b'a')); plain('complex', density=rho + 0j)
plain('records', density=np.zeros((6, 6), [('p', 'f8'), ('q', 'f8'), ('r', 'i4')]))
with h5py.File('enum.h5', 'w') as f: f.create_dataset('density', (6, 6), h5py.enum_dtype({'LAND': 0, 'SEA': 1, 'ICE': 2}))[...] = 1
plain('ints', **{'density': np.arange(36, dtype='>i8').reshape(6, 6)})
with h5py.File('lzf.h5', 'w') as f: f.create_dataset('density', data=rho, chunks=(3, 3), compression='lzf')
plain('walls', density=some(-999)); h5py.File('walls.h5', 'a')['density'].attrs['_FillValue'] = -999.; h5py.File('walls.h5', 'a')['wall'] = np.arange(36).reshape(6, 6) % 7 == 3
END

taken() { # taken FILE RANKS OPTION...
  rm -rf read
  # shellcheck disable=SC2086
  jko "$2" $flow -grid_n 6,6 -density_file "$1" "${@:3}" -output read > out 2>&1 || { cat out && return 1; }
}
same() { # same FILE ARRAY RANKS OPTION...: what jko read from FILE
  taken "$1" "${@:3}" && "$PYTHON" -c "
import numpy as np, h5py
rho = np.load('rho.npy')
assert np.allclose(h5py.File('read/density-000000.h5')['density'][...], $2, rtol=1e-14, atol=0)" || { cat out && return 1; }
}
sound() { taken "$@" && cmp sound/density-000000.h5 read/density-000000.h5; } # sound FILE RANKS: as sound.h5, to the last bit
refused() { # refused TEXT FILE [RANKS]: exit status 4 and one line with the text, on 1 rank or on all those
  local ranks status
  for ranks in ${3:-1}; do
    # shellcheck disable=SC2086
    jko $ranks $flow -grid_n 6,6 -density_file "$2" > out 2> err
    status=$?
    [ $status = 4 ] && [ "$(wc -l < err)" = 1 ] && grep -qF -- "$1" err || { echo "status $status, $ranks ranks:" && head -n 5 err && return 1; }
  done
}
says() { grep -qF -- "$1" out; }
claim "coordinates that are those of the cells are taken" same sound.h5 rho 1
cp -r read sound
claim "fill values are refused with their count and the first place" refused "'fill.h5' has no value in 5 of 36 cells of dataset 'density' (it says -999 for none), the first at x=0.166667 y=2.16667" fill.h5 "1 3"
claim "so is one of several missing values, in single precision" refused "has no value in 5 of 36 cells of dataset 'density' (it says 1e+20 for none)" missing.h5
claim "and what netCDF leaves in cells that were never written" refused "has no value in 5 of 36 cells of dataset 'density' (it says 9.96921e+36 for none)" netcdf.h5
claim "and nan that stands for none" refused "has no value in 5 of 36 cells of dataset 'density' (it says nan for none)" nan.h5
claim "and numbers out of their valid range" refused "has no value in 5 of 36 cells" range.h5
claim "chunks that were never written are counted" refused "has no value in 24 of 36 cells of dataset 'density' (they were never written), the first at x=-0.166667 y=2.16667" chunks.h5 "1 3"
claim "and a dataset that was never written" refused "has a dataset 'density' that was never written" never.h5
claim "a fill value that is in no cell is none" sound unused.h5 1
claim "in walls no value is needed" same walls.h5 "np.where(np.arange(36).reshape(6, 6) % 7 == 3, 0, rho)" 2 -grid_obstacle_file walls.h5:wall -kernel_type heat
claim "packed unsigned numbers are unpacked" same packed.h5 "1 + np.round((rho - 1) * 60000) / 60000" 3
for ranks in 1 3; do
  claim "an axis that runs down is turned round, $ranks ranks" sound down.h5 $ranks
  claim "which is said" says "-density_file: 'down.h5' runs down along y, from 3.83333 to 2.16667: turned round"
done
claim "so are both" sound downboth.h5 1
claim "coordinates in single precision are those of the cells" sound single.h5 1
claim "names are taken in any case" sound upper.h5 1
claim "lat and lon are y and x" sound latlon.h5 1
claim "lon before lat is refused, in a square" refused "has axis lon of dataset 'density' where y belongs; the order is z, y, x" lonlat.h5
claim "so is X before Y" refused "has axis X of dataset 'density' where y belongs" XY.h5
claim "and what the attribute axis says" refused "has axis a of dataset 'density' where y belongs" axis.h5
claim "and standard_name" refused "has axis a of dataset 'density' where y belongs" standard.h5
claim "and a label" refused "has axis x of dataset 'density' where y belongs" labels.h5
claim "and arrays of coordinates, as of numpy.meshgrid()" refused "has axis X of dataset 'density' where y belongs" meshij.h5
claim "the other way round they are taken" sound mesh.h5 1
claim "time is no axis" refused "has axis time of dataset 'density' where y belongs" history.h5
claim "a section along z and x has its axes in order" sound section.h5 1
claim "a shifted box is refused with what was found and what was expected" refused "'shifted.h5' has the cells of dataset 'density' elsewhere along x: from -0.733333 to 0.933333, cell 0 at -0.733333; those of the grid are from -0.833333 to 0.833333; -density_interpolate brings it to the grid" shifted.h5 "1 3"
claim "so is another unit" refused "elsewhere along y: from 2166.67 to 3833.33 m," scaled.h5
claim "and nodes in place of centres" refused "elsewhere along y: from 2 to 4, cell 0 at 2;" nodes.h5
claim "and one cell that is off its place" refused "cell 2 at -0.146667" bent.h5
claim "lists beside the dataset are coordinates" sound siblings.h5 1
claim "and refused when they are off" refused "elsewhere along x: from 0.166667" siblingsoff.h5
claim "faces are as good as centres" sound faces.h5 1
claim "those that the attribute coordinates names are compared" refused "elsewhere along lon: from -0.333333" named.h5
claim "a record of a series is taken by its number" same series.h5:density:2 "3 * rho" 3
claim "or by the name of its dimension" same series.h5:density:time=1 "2 * rho" 1
claim "of the usual dataset too" same series.h5:time=1 "2 * rho" 1
claim "the only record need not be named" sound first.h5 1
claim "one that is not there is refused with the range" refused "has no record 3 in dataset 'density'; they are from 0 to 2" series.h5:density:3
claim "so is a negative one" refused "has no record -1 in dataset 'density'" series.h5:density:time=-1
claim "and another dimension" refused "has records along 'time' in dataset 'density', not along 'z'" series.h5:density:z=1
claim "and none" refused "has 3 records in dataset 'density', from 0 to 2: name one, as in 'series.h5:density:0'" series.h5 "1 3"
claim "a field alone has no records" refused "has no records in dataset 'density': leave ':1' out" sound.h5:density:1
claim "truth values of NumPy are 0 and 1" same bool.h5 "rho > 1.5" 1
claim "long big-endian integers are read" same ints.h5 "np.arange(36).reshape(6, 6)" 1
claim "texts are refused by name" refused "holds no numbers but texts in dataset 'density'" words.h5
claim "so are complex numbers" refused "holds complex numbers or pairs in dataset 'density'" complex.h5
claim "and records" refused "holds no numbers but records of several members in dataset 'density'" records.h5
claim "and enumerations" refused "holds no numbers but words of an enumeration in dataset 'density'" enum.h5
claim "a filter that is not here is named" refused "'lzf.h5' is packed by a filter that this HDF5 does not have (lzf, number 32000) in dataset 'density'; write it with gzip or with none" lzf.h5 "1 3"

inspected() { "$program" -inspect "$1" > out && shift && for text; do grep -qF -- "$text" out || { cat out && return 1; }; done; }
claim "-inspect tells box, axes, units and fill values" inspected fill.h5 "density: 6 x 6 values from 1." ", 5 cells without a value" "y (y): 6 cells, centres from 2.16666667 to 3.83333333, box from 2 to 4" "_FillValue: -999"
claim "and of names and units" inspected scaled.h5 "y (y): 6 cells, centres from 2166.66667 to 3833.33333, box from 2000 to 4000, units m"
finish

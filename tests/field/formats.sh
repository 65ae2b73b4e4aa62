#!/usr/bin/env bash
# Files of fields are what others read and write: h5py, xarray, ncdump; axis order z, y, x.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow="-energy_terms entropy -jko_dt 1e-4 -jko_max_steps 1 -jko_monitor 0 -density_mass 0"

write() { # write RANKS NAME OPTION...: density-000000.h5 of the options as NAME.h5
  local ranks=$1 name=$2
  shift 2
  jko "$ranks" $flow -output "$name" "$@" && cp "$name/density-000000.h5" "$name.h5"
}

python() { # python CODE: xarray, which takes a second to load, where it is named
  local more=
  case $1 in *xr.*) more=", xarray as xr" ;; esac
  "$PYTHON" -c "import sys, h5py, numpy as np$more
$1"
}

corner="x > 0.8 && y > 1.6 && z > 2.5 ? 9 : 1 + x + 10*y + 100*z"
box3="-grid_n 6,5,4 -grid_upper 1,2,3"
for ranks in 1 3; do
  write "$ranks" box$ranks $box3 -density "$corner" > /dev/null 2>&1
  claim "a 3-D field on $ranks ranks has its marked corner last along z, y, x" python "
rho = h5py.File('box$ranks.h5')['density'][...]
assert rho.shape == (4, 5, 6) and rho.dtype == 'f8'
marked = abs(rho - 9) < 1e-12
assert marked[-1, -1, -1] and marked.sum() == 1
z, y, x = np.meshgrid((np.arange(4) + .5) * 3 / 4, (np.arange(5) + .5) * 2 / 5, (np.arange(6) + .5) / 6, indexing='ij')
assert np.abs(np.where(marked, 0, rho - (1 + x + 10 * y + 100 * z))).max() < 1e-12"
done
claim "the bytes do not depend on the number of ranks" cmp box1.h5 box3.h5
claim "xarray opens it with coordinates, units and time" python "
d = xr.open_dataset('box1.h5', engine='h5netcdf')
assert d.density.dims == ('z', 'y', 'x') and d.attrs['Conventions'] == 'CF-1.8'
assert d.attrs['time'] == 0 and d.attrs['step'] == 0 and d.density.attrs['units'] == '1'
assert np.allclose(d.x, (np.arange(6) + .5) / 6) and d.x.attrs['axis'] == 'X' and d.z.attrs['axis'] == 'Z'
assert float(d.density.sel(x=.9, y=1.9, z=2.9, method='nearest')) > 8.99"
claim "ncdump -h reads it" sh -c "ncdump -h box1.h5 | grep -q 'double density(z, y, x)'"
claim "and its last value is that of the marked corner" sh -c "ncdump -p 9 -v density box1.h5 | tail -n 2 | head -n 1 | grep -qE ', 9 ;$'"
for ranks in 1 3; do
  jko "$ranks" $flow $box3 -density "$corner" -jko_max_steps 3 -output_interval 1 -output_interpolate 1 -checkpoint_interval 3 -output series > /dev/null
  claim "xarray strings the series of $ranks ranks together by time" python "
d = xr.open_mfdataset('series/density-*.h5', combine='nested', concat_dim='time')
assert d.density.dims == ('time', 'z', 'y', 'x') and np.allclose(d.time, [0, 1e-4, 2e-4, 3e-4], rtol=1e-12)
assert d.time.attrs['axis'] == 'T' and d.time.attrs['units'] == '1'
for i in range(4):
  assert (d.density[i].values == h5py.File(f'series/density-{i:06}.h5')['density'][...]).all()
mass = d.density.sum(('z', 'y', 'x')).values
assert np.ptp(mass) < 1e-13 * mass[0]"
  claim "and its film" python "
d = xr.open_mfdataset('series/film-*.h5', combine='nested', concat_dim='time')
assert d.density.dims == ('time', 'z', 'y', 'x') and np.allclose(d.time, np.arange(7) / 2e4, rtol=1e-12)
assert (d.density[::2].values == xr.open_mfdataset('series/density-*.h5', combine='nested', concat_dim='time').density.values).all()"
  claim "h5py finds the logarithm of the last density in the checkpoint" python "
f = h5py.File('series/checkpoint-000003.h5')
assert f.attrs['step'] == 3 and abs(f.attrs['time'] - 3e-4) < 1e-16
assert np.allclose(np.exp(f['log_density'][...]), h5py.File('series/density-000003.h5')['density'][...], rtol=1e-14)"
  claim "ncdump -h reads it" sh -c "ncdump -h series/checkpoint-000003.h5 | grep -q 'double log_density(z, y, x)'"
done

python "
rho = 1 + np.random.default_rng(1).random((5, 6))
np.save('rho.npy', rho)
with h5py.File('plain.h5', 'w') as f: f['density'] = rho
with h5py.File('single.h5', 'w') as f: f['density'] = rho.astype('f4')
with h5py.File('big.h5', 'w') as f: f['density'] = rho.astype('>f8')
with h5py.File('integer.h5', 'w') as f: f['density'] = np.arange(30, dtype='i2').reshape(5, 6)
with h5py.File('groups.h5', 'w') as f: f['runs/first/rho'] = rho; f['runs/second/rho'] = 2 * rho
with h5py.File('packed.h5', 'w') as f: f['density'] = rho; f['density'].attrs['scale_factor'] = 2.
with h5py.File('text.h5', 'w') as f: f['density'] = np.full((5, 6), b'a')
with h5py.File('zip.h5', 'w') as f: f.create_dataset('density', data=rho, chunks=(2, 3), compression='gzip', fletcher32=True)
with h5py.File('nan.h5', 'w') as f: f['density'] = np.where(rho == rho.max(), np.nan, rho)
with h5py.File('negative.h5', 'w') as f: f['density'] = np.where(rho == rho.max(), -1, rho)
xr.Dataset({'density': (('y', 'x'), rho)}, {'x': (np.arange(6) + .5) / 6, 'y': (np.arange(5) + .5) / 5}).to_netcdf('scales.h5', engine='h5netcdf')
xr.Dataset({'density': (('x', 'y'), rho[:, :5])}, {'x': np.arange(5.), 'y': np.arange(5.)}).to_netcdf('transposed.h5', engine='h5netcdf')
b = bytearray(open('zip.h5', 'rb').read()); f = h5py.File('zip.h5'); o = f['density'].id.get_chunk_info(3); f.close()
b[o.byte_offset + o.size // 2] ^= 64; open('flipped.h5', 'wb').write(b)"

same() { # same FILE TRANSFORMATION RANKS: what jko read from FILE is the array, transformed
  rm -rf read
  jko "$3" $flow -grid_n 6,5 -density_file "$1" -output read && python "
rho = np.load('rho.npy')
assert np.allclose(h5py.File('read/density-000000.h5')['density'][...], $2, rtol=1e-14, atol=0)"
}
for ranks in 1 4; do
  claim "float64 without scales is read, $ranks ranks" same plain.h5 rho $ranks
  claim "a file of xarray is read, $ranks ranks" same scales.h5 rho $ranks
  claim "compressed chunks with checksums are read, $ranks ranks" same zip.h5 rho $ranks
done
claim "float32 is read" same single.h5 "rho.astype('f4')" 2
claim "big-endian numbers are read" same big.h5 rho 2
claim "packed numbers are unpacked" same packed.h5 "2 * rho" 2
claim "integers are read" same integer.h5 "np.arange(30).reshape(5, 6)" 2
claim "a dataset in groups is read" same groups.h5:runs/second/rho "2 * rho" 2

refused() { # refused STATUS TEXT FILE GRID: one line on stderr with the text, on 1 and 3 ranks
  local ranks status
  for ranks in 1 3; do
    jko $ranks $flow -grid_n "$4" -density_file "$3" > out 2> err
    status=$?
    [ $status = "$1" ] && [ "$(wc -l < err)" = 1 ] && grep -qF -- "$2" err || { echo "status $status, $ranks ranks:" && head -n 5 err && return 1; }
  done
}
claim "other sizes are refused by name" refused 4 "-density_file: 'plain.h5' has 5 x 6 values in dataset 'density', the grid has y=6 x=5" plain.h5 5,6
claim "another dimension is refused" refused 4 "has 5 x 6 values in dataset 'density', the grid has x=30" plain.h5 30
claim "a missing dataset lists those that are there" refused 4 "holds no dataset 'density'; it holds runs/first/rho, runs/second/rho" groups.h5 6,5
claim "axes in another order are refused even in a square" refused 4 "has axis x of dataset 'density' where y belongs" transposed.h5 5,5
claim "text is refused" refused 4 "holds no numbers" text.h5 6,5
claim "a flipped bit is found by the checksum" refused 4 "'flipped.h5' is damaged: dataset 'density' cannot be read" flipped.h5 6,5
claim "a negative density is refused by place" refused 2 "is -1; every value must be finite and not negative" negative.h5 6,5
claim "so is one with nan in it" refused 4 "is nan; every value must be finite" nan.h5 6,5
claim "a missing file is told" refused 4 "'nothing.h5' is not there" nothing.h5 6,5
finish

import pyarrow as pa
import geopandas as gpd, pandas as pd, datetime as dt, sqlite3, os
from shapely.geometry import Point
d='/tmp/fmt/deliver/fixtures/'
df=gpd.GeoDataFrame(dict(
 name=['Café “Q”','plain',None,'x'], n=pd.array([1,None,-3,2**31-1],dtype='Int32'), value=[0.5,float('nan'),-2.25,1e6],
 day=pd.array([dt.date(2024,2,29),None,dt.date(1999,12,31),dt.date(2026,3,2)],dtype=pd.ArrowDtype(pa.date32()))),
 geometry=[Point(-1.13158,52.635),Point(0.5,51),None,Point(-2,53.25)],crs='EPSG:4326')
for ext,drv in [('fgb','FlatGeobuf'),('gpkg','GPKG'),('shp','ESRI Shapefile')]:
    f=d+'points.'+ext
    if os.path.exists(f): os.remove(f)
    kw={'SPATIAL_INDEX':'NO'} if ext!='shp' else {}
    df.to_file(f,driver=drv,engine='pyogrio',use_arrow=True,**kw)
df.dropna(subset=['geometry']).to_crs(27700).to_file(d+'osgb.fgb',driver='FlatGeobuf',use_arrow=True)
df.dropna(subset=['geometry']).to_crs(27700).to_file(d+'osgb.shp',use_arrow=True)
c=sqlite3.connect(d+'points.gpkg'); c.execute('pragma page_size=512'); c.execute('vacuum'); c.close()

"""Step 0 by hand with pandas, reading only the columns it needs.

python step0_pandas.py ORDERS_FOLDER CAMPAIGNS_FOLDER OUT_FOLDER
"""

import glob
import sys

import pandas as pd

orders_folder, campaigns_folder, out = sys.argv[1:4]
orders = pd.read_parquet(orders_folder, columns=["campaign_id", "status", "total_amount"])
paid = orders[orders["status"].isin(["paid", "shipped", "delivered"])]
revenue = paid.groupby("campaign_id", as_index=False)["total_amount"].sum().rename(columns={"total_amount": "revenue"})
campaigns = pd.concat(pd.read_csv(file, na_values=["NA"]) for file in sorted(glob.glob(f"{campaigns_folder}/*.csv")))
campaigns["channel"] = campaigns["channel"].str.strip().str.lower()
campaigns = campaigns.drop_duplicates("campaign_id", keep="last")
rois = campaigns.merge(revenue, on="campaign_id", how="left")
rois["revenue"] = rois["revenue"].fillna(0).astype(float)
rois["roi"] = (rois["revenue"] - rois["campaign_cost"]) / rois["campaign_cost"]
rois = rois[["campaign_id", "channel", "revenue", "campaign_cost", "roi"]]
rois.to_parquet(f"{out}/campaign_rois.parquet")

"""Outreach: mass notification by SMS and Zalo, planned, approved, sent and accounted for."""

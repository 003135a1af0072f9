"""SMPP 3.4: the dialect of SMS centres, with the binds that outlive a call."""

from outreach.carriers.smpp.adapter import build as build
from outreach.carriers.smpp.answers import codes as codes

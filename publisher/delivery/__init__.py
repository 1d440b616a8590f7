"""Messages on their way: one delivery for each recipient, from queued to its end."""

from __future__ import annotations

from publisher.delivery.model import Delivery, DeliveryState, Kind

__all__ = ["Delivery", "DeliveryState", "Kind"]

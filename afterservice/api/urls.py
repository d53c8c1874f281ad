"""Addresses of the calls about tickets."""

from django.urls import path

from afterservice.api import (  # noqa: F401 (addresses name the converter, the schema has the examples)
    actions,
    converters,
    examples,
    tickets,
)

_ACTIONS = {
    "answer": actions.AnswerCall,
    "accept": actions.AcceptCall,
    "refuse": actions.RefuseCall,
    "resale": actions.ResaleCall,
    "hold": actions.HoldCall,
    "postage": actions.PostageCall,
    "links": actions.LinksCall,
    "give-address": actions.GiveAddressCall,
    "return-shipped": actions.ReturnShippedCall,
    "receive": actions.ReceiveCall,
    "inspect": actions.InspectCall,
    "settle": actions.SettleCall,
    "follow-up": actions.FollowUpCall,
    "cancel": actions.CancelCall,
    "messages": actions.MessagesCall,
    "evidence": actions.EvidenceCall,
}
urlpatterns = [
    path("tickets/", tickets.TicketsCall.as_view(), name="tickets"),
    path("tickets/<ticket:number>/", tickets.TicketCall.as_view(), name="ticket"),
    *(
        path(f"tickets/<ticket:number>/{name}/", view.as_view(), name=f"ticket-{name}")
        for name, view in _ACTIONS.items()
    ),
]

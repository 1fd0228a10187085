"""The voice of a face before a recogniser: who is seen, under music and another voice, into words.

A clip is heard whole, with another person's voice and music at levels below it (`scenes`, `items`). A front
end, one of the run's variants or a separator of the main recipe, stands before a recogniser of the main
recipe, and both are trained together (`systems`, `stages`); what is read of the test clips is scored
(`evaluation`, `results`).
"""

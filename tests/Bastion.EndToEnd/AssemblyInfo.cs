// Each class starts gateways of its own; two at a time are enough for two cores.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]

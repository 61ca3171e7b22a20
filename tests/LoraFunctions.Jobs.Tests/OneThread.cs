using System.Runtime.CompilerServices;
using TorchSharp;

namespace LoraFunctions.Jobs.Tests;

/// <summary>Small models gain nothing from threads, and test programs that run at the same time would wait for each other's.</summary>
internal static class OneThread
{
    [ModuleInitializer]
    internal static void Set() => torch.set_num_threads(1);
}

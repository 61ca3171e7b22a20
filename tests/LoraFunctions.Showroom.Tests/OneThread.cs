using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace LoraFunctions.Showroom.Tests;

/// <summary>
/// The networks here are tiny: a second thread brings them nothing, and where other processes want the cores too, libtorch's threads
/// wait for each other in a busy loop (ten times the time).
/// </summary>
internal static class OneThread
{
    [ModuleInitializer]
    internal static void Set() => set_num_threads(1);
}

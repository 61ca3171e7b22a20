using LoraFunctions.Benchmarks.Scalars;

/// <summary>
/// Collects all the time in any .NET process, its tests and whatever they start:
/// <c>DOTNET_STARTUP_HOOKS=.../LoraFunctions.Benchmarks.dll dotnet test LoraFunctions.sln --no-build</c>. The runtime looks for this name.
/// </summary>
internal static class StartupHook
{
    private static Collector? s_collector;

    public static void Initialize() => s_collector ??= new Collector();
}

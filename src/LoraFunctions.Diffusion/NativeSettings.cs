using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace LoraFunctions.Diffusion;

/// <summary>
/// Switches of libtorch and the native libraries that it brings; those of the environment are set unless the user names them.
/// Huge pages (<c>THP_MEM_ALLOC_ENABLE</c> of its CPU allocator): every activation of a UNet or a VAE is a fresh block of tens of megabytes, and
/// with 4 KiB pages the page faults cost more than the arithmetic: SiLU over 256 x 512 x 512 takes 60 ms without and 18 ms with, GELU over
/// 8192 x 1280 30 ms and 9 ms.
/// Waiting OpenMP threads sleep (<c>OMP_WAIT_POLICY</c>) instead of spinning: on a machine that does something else too, a small model's
/// picture took 61 s of two spinning threads and 6 s of two sleeping ones.
/// NNPACK is off: on a processor that it does not know it warns on every convolution, a thousand lines a night, and elsewhere it would be a
/// second arithmetic beside oneDNN's.
/// </summary>
internal static unsafe partial class NativeSettings
{
    // The libraries read these once, when they are loaded or first used, from the C environment, which
    // Environment.SetEnvironmentVariable does not reach; so they are set natively, before anything of this assembly runs.
#pragma warning disable CA2255 // meant for applications, but there is no later moment that is early enough
    [ModuleInitializer]
    internal static void Set()
    {
        if (OperatingSystem.IsLinux())
        {
            const int keep = 0;
            _ = SetEnv("THP_MEM_ALLOC_ENABLE", "1", keep);
            _ = SetEnv("OMP_WAIT_POLICY", "passive", keep);
        }
    }
#pragma warning restore CA2255

    /// <summary>Before the first convolution. TorchSharp has no name for it, libtorch's C++ interface has.</summary>
    internal static void SwitchNnpackOff()
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        if (OperatingSystem.IsLinux()
            && NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out nint library)
            && NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out nint context)
            && NativeLibrary.TryGetExport(library, "_ZN2at7Context20setUserEnabledNNPACKEb", out nint set))
        {
            ((delegate* unmanaged<nint, byte, void>)set)(((delegate* unmanaged<nint>)context)(), 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}

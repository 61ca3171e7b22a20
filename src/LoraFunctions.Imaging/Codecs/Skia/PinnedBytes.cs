using System.Runtime.InteropServices;

namespace LoraFunctions.Imaging.Codecs;

/// <summary>Keeps an array in its place while native code reads it.</summary>
internal sealed class PinnedBytes(byte[] bytes) : IDisposable
{
    private GCHandle _handle = GCHandle.Alloc(bytes, GCHandleType.Pinned);

    public IntPtr Address => _handle.AddrOfPinnedObject();

    public void Dispose() => _handle.Free();
}

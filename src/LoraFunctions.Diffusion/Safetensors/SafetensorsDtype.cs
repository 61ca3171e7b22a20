namespace LoraFunctions.Diffusion.Safetensors;

/// <summary>
/// The element types of the format, in the reference library's order (its writer sorts by it, largest first).
/// Names are those in a file's header.
/// </summary>
public enum SafetensorsDtype
{
    BOOL,
    U8,
    I8,
    F8_E5M2,
    F8_E4M3,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
}

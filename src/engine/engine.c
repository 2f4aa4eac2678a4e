/* SPDX-License-Identifier: MIT */

/* The engine behind engine.h is WasmEdge, in its C interface. */

#include "engine/engine.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/configure_internal.h"
#include "engine/growth.h"
#include "engine/module.h"
#include "engine/signal_stack.h"

static constexpr size_t HOST_MODULES_MAX = 8; /* different names of modules that are provided */

/* What an imported function finds behind the engine's pointer. */
struct binding {
    struct vc_engine *engine;
    const struct vc_engine_import *import;
};

struct vc_engine {
    const struct vc_engine_import *imports;
    size_t import_count;
    struct vc_host *host;
    struct binding *bindings; /* one per import */
    size_t host_module_count;
    WasmEdge_ModuleInstanceContext *host_modules[HOST_MODULES_MAX];
    WasmEdge_StoreContext *store;
    WasmEdge_ExecutorContext *executor;
    WasmEdge_ModuleInstanceContext *program;
    WasmEdge_MemoryInstanceContext *memory;          /* borrowed from `program` */
    const WasmEdge_GlobalInstanceContext *wanted;    /* of growth.h, borrowed likewise, or null */
    const WasmEdge_FunctionInstanceContext *initial; /* that of a start section, or null */
    const WasmEdge_FunctionInstanceContext *start;   /* both borrowed from `program` */
    vc_engine_observer *observer;                    /* or null */
    void *observer_user;
    vc_engine_exhausted *exhausted; /* or null */
    void *exhausted_user;
    bool interprets;
    uint32_t pages_max;
    bool ended;
};

static struct vc_engine_memory memory_now(WasmEdge_MemoryInstanceContext *memory)
{
    struct vc_engine_memory now = {.data = WasmEdge_MemoryInstanceGetPointer(memory, 0, 1)};

    if (now.data != nullptr)
        now.size = (uint64_t)WasmEdge_MemoryInstanceGetPageSize(memory) * VC_MODULE_PAGE_SIZE;
    return now;
}

static WasmEdge_Result call_import(void *data, const WasmEdge_CallingFrameContext *calling,
                                   const WasmEdge_Value *arguments, WasmEdge_Value *results)
{
    const struct binding *binding = data;
    const struct vc_engine_import *import = binding->import;
    struct vc_engine_frame frame = {.memory = memory_now(binding->engine->memory)};

    (void)calling;
    for (size_t i = 0; import->parameters[i] != '\0'; i++) {
        uint64_t value = (uint64_t)arguments[i].Value;

        frame.arguments[i] = import->parameters[i] == 'i' ? (uint32_t)value : value;
    }
    uint32_t result = import->function(binding->engine->host, &frame);

    if (binding->engine->observer != nullptr)
        binding->engine->observer(binding->engine->observer_user, import, &frame, result);
    if (frame.ends) {
        binding->engine->ended = true;
        return WasmEdge_Result_Terminate;
    }
    if (import->returns)
        results[0] = WasmEdge_ValueGenI32((int32_t)result);
    return WasmEdge_Result_Success;
}

static WasmEdge_FunctionInstanceContext *function_new(struct binding *binding)
{
    const struct vc_engine_import *import = binding->import;
    WasmEdge_ValType parameters[VC_ENGINE_ARGUMENTS_MAX];
    WasmEdge_ValType result = WasmEdge_ValTypeGenI32();
    uint32_t count = 0;

    for (; count < VC_ENGINE_ARGUMENTS_MAX && import->parameters[count] != '\0'; count++) {
        parameters[count] =
            import->parameters[count] == 'I' ? WasmEdge_ValTypeGenI64() : WasmEdge_ValTypeGenI32();
    }
    if (import->parameters[count] != '\0')
        return nullptr;
    WasmEdge_FunctionTypeContext *type =
        WasmEdge_FunctionTypeCreate(parameters, count, &result, import->returns ? 1 : 0);

    if (type == nullptr)
        return nullptr;
    WasmEdge_FunctionInstanceContext *function =
        WasmEdge_FunctionInstanceCreate(type, call_import, binding, 0);

    WasmEdge_FunctionTypeDelete(type);
    return function;
}

static WasmEdge_String wrap(const char *text)
{
    return WasmEdge_StringWrap(text, (uint32_t)strlen(text));
}

/* The instance that import `index` goes into: the last one, or a new one for a new module name. */
static WasmEdge_ModuleInstanceContext *host_module(struct vc_engine *engine, size_t index)
{
    const char *name = engine->imports[index].module;

    if (index > 0 && strcmp(engine->imports[index - 1].module, name) == 0)
        return engine->host_modules[engine->host_module_count - 1];
    if (engine->host_module_count == HOST_MODULES_MAX)
        return nullptr;
    WasmEdge_ModuleInstanceContext *module = WasmEdge_ModuleInstanceCreate(wrap(name));

    if (module != nullptr)
        engine->host_modules[engine->host_module_count++] = module;
    return module;
}

static enum vc_code register_imports(struct vc_engine *engine, struct vc_err *err)
{
    for (size_t i = 0; i < engine->import_count; i++) {
        struct binding *binding = &engine->bindings[i];

        *binding = (struct binding){.engine = engine, .import = &engine->imports[i]};
        WasmEdge_ModuleInstanceContext *module = host_module(engine, i);
        WasmEdge_FunctionInstanceContext *function =
            module == nullptr ? nullptr : function_new(binding);

        if (function == nullptr) {
            return vc_fail(err, VC_MEMORY, "engine: import %s.%s cannot be registered",
                           engine->imports[i].module, engine->imports[i].name);
        }
        WasmEdge_ModuleInstanceAddFunction(module, wrap(engine->imports[i].name), function);
    }
    return VC_OK;
}

static enum vc_code fill(struct vc_engine *engine, struct vc_err *err)
{
    engine->bindings =
        calloc(engine->import_count > 0 ? engine->import_count : 1, sizeof(*engine->bindings));
    engine->store = WasmEdge_StoreCreate();
    if (engine->bindings == nullptr || engine->store == nullptr)
        return vc_fail_memory(err);
    return register_imports(engine, err);
}

enum vc_code vc_engine_new(const struct vc_engine_import *imports, size_t import_count,
                           struct vc_host *host, struct vc_engine **engine, struct vc_err *err)
{
    struct vc_engine *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    WasmEdge_LogOff(); /* it would print what a program made it stumble over */
    *made = (struct vc_engine){.imports = imports, .import_count = import_count, .host = host};
    enum vc_code code = fill(made, err);

    if (code != VC_OK) {
        vc_engine_free(made);
        return code;
    }
    *engine = made;
    return VC_OK;
}

static bool bytes_are(struct vc_bytes bytes, const char *text)
{
    return bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0;
}

static bool provides(const struct vc_engine *engine, const struct vc_module_import *wanted)
{
    for (size_t i = 0; i < engine->import_count; i++) {
        if (bytes_are(wanted->name, engine->imports[i].name) &&
            bytes_are(wanted->module, engine->imports[i].module))
            return true;
    }
    return false;
}

static enum vc_code check_imports(const struct vc_engine *engine, const struct vc_module *module,
                                  struct vc_err *err)
{
    for (uint32_t i = 0; i < module->import_count; i++) {
        if (!provides(engine, &module->imports[i])) {
            char text[VC_MODULE_IMPORT_TEXT_MAX];

            vc_module_import_format(&module->imports[i], text);
            return vc_fail(err, VC_REFUSED, "import %s: not provided", text);
        }
    }
    return VC_OK;
}

static enum vc_code fail_result(WasmEdge_Result result, const char *what, struct vc_err *err)
{
    return vc_fail(err, VC_REFUSED, "module: %s: %s", what, WasmEdge_ResultGetMessage(result));
}

/* Reads and validates what already passed vc_module_parse. */
static enum vc_code read_program(const WasmEdge_ConfigureContext *configure, struct vc_bytes wasm,
                                 WasmEdge_ASTModuleContext **ast, struct vc_err *err)
{
    WasmEdge_LoaderContext *loader = WasmEdge_LoaderCreate(configure);
    WasmEdge_ValidatorContext *validator = WasmEdge_ValidatorCreate(configure);
    enum vc_code code = VC_OK;

    if (loader == nullptr || validator == nullptr)
        code = vc_fail_memory(err);
    if (code == VC_OK) {
        WasmEdge_Bytes bytes = WasmEdge_BytesWrap(wasm.data, (uint32_t)wasm.size);
        WasmEdge_Result result = WasmEdge_LoaderParseFromBytes(loader, ast, bytes);

        if (!WasmEdge_ResultOK(result))
            code = fail_result(result, "not loaded", err);
    }
    if (code == VC_OK) {
        WasmEdge_Result result = WasmEdge_ValidatorValidate(validator, *ast);

        if (!WasmEdge_ResultOK(result))
            code = fail_result(result, "not valid", err);
    }
    WasmEdge_LoaderDelete(loader);
    WasmEdge_ValidatorDelete(validator);
    return code;
}

/* A failed reservation of address space leaves a memory at address 0, and no error. */
static enum vc_code check_memory(struct vc_engine *engine, const struct vc_module *module,
                                 uint32_t pages_max, struct vc_err *err)
{
    engine->memory = WasmEdge_ModuleInstanceFindMemory(engine->program, wrap("memory"));
    if (engine->memory == nullptr)
        return vc_fail(err, VC_REFUSED, "module: no memory \"memory\"");
    uint32_t pages = WasmEdge_MemoryInstanceGetPageSize(engine->memory);

    if (memory_now(engine->memory).data == nullptr)
        return vc_fail(err, VC_HOST, "engine: no address space for the program's memory");
    if (pages != module->memory.minimum || pages > pages_max) {
        return vc_fail(err, VC_HOST, "engine: %" PRIu32 " pages of memory, %" PRIu32 " wanted",
                       pages, module->memory.minimum);
    }
    return VC_OK;
}

/* A function of the program that is called without arguments and returns nothing. */
static enum vc_code find_function(const struct vc_engine *engine, const char *name,
                                  const WasmEdge_FunctionInstanceContext **function,
                                  struct vc_err *err)
{
    const WasmEdge_FunctionInstanceContext *found =
        WasmEdge_ModuleInstanceFindFunction(engine->program, wrap(name));

    if (found == nullptr)
        return vc_fail(err, VC_REFUSED, "module: no function \"%s\"", name);
    const WasmEdge_FunctionTypeContext *type = WasmEdge_FunctionInstanceGetFunctionType(found);

    if (WasmEdge_FunctionTypeGetParametersLength(type) != 0 ||
        WasmEdge_FunctionTypeGetReturnsLength(type) != 0) {
        return vc_fail(err, VC_REFUSED, "module: \"%s\" wants arguments, or returns something",
                       name);
    }
    *function = found;
    return VC_OK;
}

static enum vc_code instantiate(struct vc_engine *engine,
                                const WasmEdge_ConfigureContext *configure,
                                const WasmEdge_ASTModuleContext *ast, struct vc_err *err)
{
    engine->executor = WasmEdge_ExecutorCreate(configure, nullptr);
    if (engine->executor == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < engine->host_module_count; i++) {
        WasmEdge_Result result = WasmEdge_ExecutorRegisterImport(engine->executor, engine->store,
                                                                 engine->host_modules[i]);

        if (!WasmEdge_ResultOK(result))
            return fail_result(result, "imports", err);
    }
    WasmEdge_Result result =
        WasmEdge_ExecutorInstantiate(engine->executor, &engine->program, engine->store, ast);

    return WasmEdge_ResultOK(result) ? VC_OK : fail_result(result, "not instantiated", err);
}

static enum vc_code load_parsed(struct vc_engine *engine, struct vc_bytes wasm,
                                enum vc_engine_mode mode, uint32_t pages_max, struct vc_err *err)
{
    WasmEdge_ASTModuleContext *ast = nullptr;
    WasmEdge_ConfigureContext *configure = vc_configure_new(pages_max);

    if (configure == nullptr)
        return vc_fail_memory(err);
    WasmEdge_ConfigureSetForceInterpreter(configure, mode == VC_ENGINE_INTERPRET);
    enum vc_code code = read_program(configure, wasm, &ast, err);

    if (code == VC_OK)
        code = instantiate(engine, configure, ast, err);
    WasmEdge_ASTModuleDelete(ast);
    WasmEdge_ConfigureDelete(configure);
    return code;
}

enum vc_code vc_engine_load(struct vc_engine *engine, struct vc_bytes wasm,
                            enum vc_engine_mode mode, uint32_t pages_max, struct vc_err *err)
{
    vc_cleanup(vc_module_done) struct vc_module module = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer stripped = {};

    engine->interprets = mode == VC_ENGINE_INTERPRET;
    engine->pages_max = pages_max;
    if (engine->program != nullptr)
        return vc_fail(err, VC_STATE, "engine: it has a program already");
    enum vc_code code = mode == VC_ENGINE_NATIVE ? vc_module_parse_encoded(wasm, &module, err)
                                                 : vc_module_parse(wasm, &module, err);

    if (code == VC_OK)
        code = vc_module_check_memory(&module, pages_max, err);
    if (code == VC_OK)
        code = check_imports(engine, &module, err);
    if (code == VC_OK && mode == VC_ENGINE_NATIVE && !module.has_native)
        return vc_fail(err, VC_MALFORMED, "module: no native code in it");
    /* Only what our compiler made keeps its custom section. */
    if (code == VC_OK && mode == VC_ENGINE_INTERPRET)
        code = vc_module_encode(&module, pages_max, &stripped, err);
    if (code == VC_OK) {
        code = load_parsed(engine, mode == VC_ENGINE_INTERPRET ? vc_buffer_bytes(&stripped) : wasm,
                           mode, pages_max, err);
    }
    if (code == VC_OK)
        code = check_memory(engine, &module, pages_max, err);
    if (code == VC_OK && module.has_initial)
        code = find_function(engine, VC_MODULE_INITIAL_NAME, &engine->initial, err);
    if (code == VC_OK)
        code = find_function(engine, "_start", &engine->start, err);
    if (code == VC_OK)
        engine->wanted =
            WasmEdge_ModuleInstanceFindGlobal(engine->program, wrap(VC_GROWTH_WANTED_NAME));
    return code;
}

/* WasmEdge's codes 0x400 to 0x4ff are the program's own traps. */
static bool is_trap(WasmEdge_Result result)
{
    return WasmEdge_ResultGetCode(result) >> 8 == 4;
}

static const char STACK_OVERFLOW[] = "stack overflow";

/* In native code a stack that ran out is told to the program's caller as a wild access. */
static bool is_overflow(WasmEdge_Result result)
{
    static constexpr uint32_t MEMORY_OUT_OF_BOUNDS = 0x408;

    return WasmEdge_ResultGetCode(result) == MEMORY_OUT_OF_BOUNDS && vc_signal_stack_overflowed();
}

void vc_engine_observe(struct vc_engine *engine, vc_engine_observer *observer, void *user)
{
    engine->observer = observer;
    engine->observer_user = user;
}

void vc_engine_on_exhaustion(struct vc_engine *engine, vc_engine_exhausted *exhausted, void *user)
{
    engine->exhausted = exhausted;
    engine->exhausted_user = user;
}

static bool was_memory_refused(const struct vc_engine *engine)
{
    return engine->wanted != nullptr &&
           (uint64_t)WasmEdge_ValueGetI64(WasmEdge_GlobalInstanceGetValue(engine->wanted)) >
               engine->pages_max;
}

/* The engine's language calls a function without arguments when it finds no memory. */
static struct vc_engine *interpreting;

static void on_no_memory(void)
{
    struct vc_engine_end end = {.kind = VC_ENGINE_TRAPPED,
                                .memory_refused = was_memory_refused(interpreting),
                                .stack_overflow = true};

    memcpy(end.text, STACK_OVERFLOW, sizeof(STACK_OVERFLOW));
    interpreting->exhausted(interpreting->exhausted_user, &end);
    abort();
}

/* std::set_new_handler, by the name that it has outside of C++. While a program is interpreted only
 * the stack of its calls grows by that language's means: the host calls have their own. */
static void watch_memory(struct vc_engine *engine)
{
    typedef void set_handler(void (*handler)(void));
    set_handler *set = (set_handler *)dlsym(RTLD_DEFAULT, "_ZSt15set_new_handlerPFvvE");

    if (engine->exhausted == nullptr || set == nullptr)
        return; /* the process then dies of it, and says nothing */
    interpreting = engine;
    set(on_no_memory);
}

static WasmEdge_Result invoke(const struct vc_engine *engine,
                              const WasmEdge_FunctionInstanceContext *function)
{
    return WasmEdge_ExecutorInvoke(engine->executor, function, nullptr, 0, nullptr, 0);
}

void vc_engine_run(struct vc_engine *engine, struct vc_engine_end *end)
{
    WasmEdge_Result result = WasmEdge_Result_Success;

    *end = (struct vc_engine_end){.kind = VC_ENGINE_RETURNED};
    if (engine->interprets)
        watch_memory(engine);
    if (engine->initial != nullptr)
        result = invoke(engine, engine->initial);
    if (!engine->ended && WasmEdge_ResultGetCode(result) == 0)
        result = invoke(engine, engine->start);
    end->memory_refused = was_memory_refused(engine);
    if (engine->ended) {
        end->kind = VC_ENGINE_ENDED;
        return;
    }
    if (WasmEdge_ResultGetCode(result) == 0)
        return;
    end->kind = is_trap(result) ? VC_ENGINE_TRAPPED : VC_ENGINE_FAILED;
    end->stack_overflow = is_overflow(result);
    (void)snprintf(end->text, sizeof(end->text), "%s",
                   end->stack_overflow ? STACK_OVERFLOW : WasmEdge_ResultGetMessage(result));
}

struct vc_engine_memory vc_engine_memory(const struct vc_engine *engine)
{
    return engine->memory == nullptr ? (struct vc_engine_memory){} : memory_now(engine->memory);
}

uint64_t vc_engine_memory_size(const struct vc_engine *engine)
{
    return engine->memory == nullptr ? 0 : memory_now(engine->memory).size;
}

void vc_engine_free(struct vc_engine *engine)
{
    if (engine == nullptr)
        return;
    WasmEdge_ModuleInstanceDelete(engine->program);
    WasmEdge_ExecutorDelete(engine->executor);
    WasmEdge_StoreDelete(engine->store);
    for (size_t i = 0; i < engine->host_module_count; i++)
        WasmEdge_ModuleInstanceDelete(engine->host_modules[i]);
    free(engine->bindings);
    free(engine);
}

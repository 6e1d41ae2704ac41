# SPDX-License-Identifier: ISC
# CMake toolchain file: cmake -DCMAKE_TOOLCHAIN_FILE=.../share/kiln/kiln.cmake
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

get_filename_component(KILN_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(KILN_TOOL "${KILN_PREFIX}/bin/x86_64-kiln-linux-musl-")
set(KILN_SYSROOT "${KILN_PREFIX}/lib/kiln/sysroot")

set(CMAKE_C_COMPILER "${KILN_TOOL}gcc")
set(CMAKE_C_COMPILER_TARGET x86_64-kiln-linux-musl)
if(EXISTS "${KILN_TOOL}g++")
  set(CMAKE_CXX_COMPILER "${KILN_TOOL}g++")
endif()
foreach(tool AR RANLIB NM STRIP OBJCOPY OBJDUMP READELF)
  string(TOLOWER ${tool} name)
  set(CMAKE_${tool} "${KILN_TOOL}${name}" CACHE FILEPATH "")
endforeach()
set(CMAKE_LINKER "${KILN_TOOL}ld" CACHE FILEPATH "")
set(PKG_CONFIG_EXECUTABLE "${KILN_TOOL}pkg-config" CACHE FILEPATH "")

# The driver knows its sysroot; CMake needs it for its searches.
list(APPEND CMAKE_FIND_ROOT_PATH "${KILN_SYSROOT}")
list(REMOVE_DUPLICATES CMAKE_FIND_ROOT_PATH)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# Programs run on Linux as they are.
set(CMAKE_CROSSCOMPILING_EMULATOR env)
# Read once more after CMake's own rules for Linux, which say that there are shared libraries.
set_property(GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS FALSE)
set(CMAKE_USER_MAKE_RULES_OVERRIDE "${CMAKE_CURRENT_LIST_FILE}")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
